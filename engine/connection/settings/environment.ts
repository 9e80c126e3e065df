import { existsSync } from "node:fs";
import type { ClientConfigProfile, ClientConfigTLS, ConfigDataSource } from "@temporalio/envconfig";
import type { Pem, Tls } from "./define.ts";

/** Settings from the environment, under the names of `temporal.config.ts`. */
interface Values {
  address?: string;
  namespace?: string;
  tls?: boolean | Tls;
  apiKey?: string;
  metadata?: Record<string, string>;
}

/** Settings from the environment, where each comes from, and what is wrong with them. */
export interface EnvironmentSettings {
  readonly values: Values;
  /** Variable or profile, for each setting that is present. */
  readonly sources: { readonly [setting in keyof Values]: string };
  /** Temporal's variables that crisol does not use. */
  readonly unused: readonly string[];
  readonly problems: readonly string[];
}

const variables: { readonly [setting in keyof Values]-?: RegExp } = {
  address: /^TEMPORAL_ADDRESS$/,
  namespace: /^TEMPORAL_NAMESPACE$/,
  apiKey: /^TEMPORAL_API_KEY$/,
  tls: /^TEMPORAL_TLS(_CLIENT_(CERT|KEY)_(PATH|DATA)|_SERVER_CA_CERT_(PATH|DATA)|_SERVER_NAME)?$/,
  metadata: /^TEMPORAL_GRPC_META_/,
};
const settings = ["address", "namespace", "apiKey", "tls", "metadata"] as const satisfies (keyof Values)[];
const chooses = ["TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"];
const switches = ["TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"];

/**
 * Read the standard settings of Temporal's clients: TEMPORAL_* variables, which override the profile that TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE chooses.
 *
 * An empty variable counts as unset. A profile that was not chosen is not read: it would send a project's runs to a server that nobody asked for.
 *
 * @see https://docs.temporal.io/develop/environment-configuration
 */
export async function environmentSettings(environment: NodeJS.ProcessEnv): Promise<EnvironmentSettings> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value) set[name] = value;
  const names = Object.keys(set).filter((name) => name.startsWith("TEMPORAL_"));
  if (names.length === 0) return { values: {}, sources: {}, unused: [], problems: [] };
  const problems = problemsOf(set);
  const unused = names.filter((name) => !chooses.includes(name) && !switches.includes(name) && settingOf(name) === undefined);
  if (problems.length > 0) return { values: {}, sources: {}, unused, problems };
  try {
    const profile = await loadProfile(set);
    return { values: valuesOf(profile), sources: sourcesOf(profile, set, names), unused, problems };
  } catch (error) {
    const chosen = chooses.flatMap((name) => (set[name] === undefined ? [] : [`${name}=${set[name]}`]));
    const what = error instanceof Error ? error.message : String(error);
    return { values: {}, sources: {}, unused, problems: [chosen.length === 0 ? what : `${chosen.join(" ")}: ${what}`] };
  }
}

function problemsOf(set: Readonly<Record<string, string>>): string[] {
  const { TEMPORAL_CONFIG_FILE: file, TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: unverified } = set;
  return [
    ...switches.flatMap((name) => {
      const value = set[name];
      return value === undefined || /^(true|false|1|0)$/.test(value) ? [] : [`${name}: expected true, false, 1 or 0`];
    }),
    ...(unverified === "true" || unverified === "1"
      ? [
          "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: crisol never connects to a server that it can't verify; set its certificate authority or its server name",
        ]
      : []),
    ...(file !== undefined && !existsSync(file) ? [`TEMPORAL_CONFIG_FILE: there is no file ${file}`] : []),
  ];
}

async function loadProfile(set: Record<string, string>): Promise<ClientConfigProfile> {
  const { loadClientConfigProfile } = await import("@temporalio/envconfig");
  const disableFile = chooses.every((name) => set[name] === undefined);
  return loadClientConfigProfile({ overrideEnvVars: set, disableFile, configFileStrict: true });
}

function valuesOf({ address, namespace, apiKey, tls, grpcMeta }: ClientConfigProfile): Values {
  return {
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    ...(grpcMeta === undefined || Object.keys(grpcMeta).length === 0 ? {} : { metadata: grpcMeta }),
  };
}

function tlsOf({ disabled, serverName, serverCACert, clientCert, clientKey }: ClientConfigTLS): boolean | Tls {
  if (disabled === true) return false;
  const files = {
    ...(serverName === undefined ? {} : { serverName }),
    ...(serverCACert === undefined ? {} : { ca: pemOf(serverCACert) }),
    ...(clientCert === undefined ? {} : { certificate: pemOf(clientCert) }),
    ...(clientKey === undefined ? {} : { key: pemOf(clientKey) }),
  };
  return Object.keys(files).length === 0 ? true : files;
}

function pemOf(source: ConfigDataSource): Pem {
  return "path" in source ? source.path : { data: Buffer.from(source.data).toString("utf8") };
}

function sourcesOf(
  profile: ClientConfigProfile,
  set: Readonly<Record<string, string>>,
  names: readonly string[],
): EnvironmentSettings["sources"] {
  const { TEMPORAL_PROFILE: name = "default", TEMPORAL_CONFIG_FILE: file = "temporal.toml" } = set;
  const chosen = chooses.some((variable) => set[variable] !== undefined) ? [`profile ${name} of ${file}`] : [];
  const values = valuesOf(profile);
  const entries = settings.flatMap((setting) => {
    if (values[setting] === undefined) return [];
    const by = names.filter((variable) => settingOf(variable) === setting);
    const whole = by.length > 0 && setting !== "tls" && setting !== "metadata";
    return [[setting, [...by, ...(whole ? [] : chosen)].join(", ")]];
  });
  return Object.fromEntries(entries);
}

function settingOf(variable: string): keyof Values | undefined {
  return settings.find((setting) => variables[setting].test(variable));
}
