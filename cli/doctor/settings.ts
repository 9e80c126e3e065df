import { loadKeys } from "../../engine/connection/codec/keys.ts";
import { connectionSettings } from "../../engine/connection/settings/connection.ts";
import type { Config } from "../../engine/connection/settings/define.ts";
import { loadSettings, type Settings } from "../../engine/connection/settings/load.ts";
import { placeOf } from "../../engine/connection/settings/secret-text.ts";
import { type Check, checking, passed } from "./check.ts";

/** Whether the settings are consistent, and one line for each that is not a default: its value and where it comes from. No secret is shown. */
export async function checkSettings(project: string): Promise<{ readonly checks: readonly Check[]; readonly config?: Config }> {
  let settings: Settings | undefined;
  const whole = await checking("settings", "correct temporal.config.ts", async () => {
    settings = await loadSettings(project);
    const { config, unused } = settings;
    if (config.address !== undefined) await connectionSettings(config, config.address);
    await loadKeys(config);
    const server = config.address === undefined ? "the home's own Temporal server" : `the Temporal server at ${config.address}`;
    return `${server}${unused.length === 0 ? "" : `; crisol does not use ${unused.join(", ")}`}`;
  });
  if (settings === undefined) return { checks: [whole] };
  const { config, sources } = settings;
  const each = Object.entries(sources).map(([name, source]) => passed(`  ${name}`, `${shown(config, name)}, from ${source}`));
  return { checks: [whole, ...each], ...(whole.ok ? { config } : {}) };
}

function shown(config: Config, name: string): string {
  const { tls, apiKey, metadata, codec, ...plain } = config;
  if (name === "apiKey") return typeof apiKey === "object" ? placeOf(apiKey) : "set";
  if (name === "metadata") return Object.keys(metadata ?? {}).join(", ");
  if (name === "tls") return typeof tls === "object" ? Object.entries(tls).map(shownFile).join(", ") || "on" : tls ? "on" : "off";
  if (name === "codec" && codec !== undefined) {
    const [key = "", ...others] = [codec.key, ...codec.otherKeys].map(({ id, from }) => `'${id}' (${placeOf(from)})`);
    return `AES-256-GCM by key ${key}${others.length === 0 ? "" : `; also reads ${others.join(", ")}`}`;
  }
  return String(Object.entries(plain).find(([known]) => known === name)?.[1] ?? "");
}

function shownFile([name, value]: [string, string | { readonly data: string } | undefined]): string {
  return `${name} ${typeof value === "string" ? value : "given as text"}`;
}
