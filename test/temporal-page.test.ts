import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { Config } from "../engine/connection/settings/define.ts";
import { loadSettings } from "../engine/connection/settings/load.ts";
import type { CrisolError } from "../schemas/error.ts";

const page = await readFile(new URL("../docs/temporal.md", import.meta.url), "utf8");

test("docs/temporal.md has a row for every setting, with its default", () => {
  const defaults: Record<string, unknown> = Config.parse({});
  for (const name of Object.keys(Config.shape)) {
    const [, shown = ""] = new RegExp(`^\\| \`${name}\` \\| ([^|]+) \\|`, "m").exec(page) ?? [];
    expect([name, shown]).toEqual([name, expect.stringMatching(/\S/)]);
    const value = defaults[name];
    if (value !== undefined) expect([name, shown.replaceAll("`", "").trim()]).toEqual([name, JSON.stringify(value).replaceAll(",", ", ")]);
  }
});

test("every variable in the page's table is one that crisol accepts", async () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `TEMPORAL_"));
  const names = rows.flatMap((row) => row.split("|")[1]?.match(/TEMPORAL_[A-Z_]+/g) ?? []);
  expect(names.length).toBeGreaterThan(12);
  for (const name of [...names, "TEMPORAL_NO_SUCH_SETTING"]) {
    // accepted, or refused by name
    const taken = await loadSettings("/", { [name]: "1", XDG_CONFIG_HOME: "/nowhere" }).then(
      ({ unused }) => !unused.includes(name),
      (error: CrisolError) => error.parts.what.includes(name),
    );
    expect([name, taken]).toEqual([name, name !== "TEMPORAL_NO_SUCH_SETTING"]);
  }
});
