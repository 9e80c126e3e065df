import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig, loadSettings } from "./load.ts";

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "crisol-config-"));
});
afterEach(() => rm(project, { recursive: true }));

const write = (text: string) => writeFile(join(project, "temporal.config.ts"), text);

test("a project without settings gets the defaults", async () => {
  expect(await loadConfig(project, {})).toEqual({
    namespace: "default",
    queues: ["cpu", "gpu"],
    startWorker: true,
    gpuSlots: 1,
    idleMinutes: 30,
  });
});

test("reads typed settings; the environment overrides them, and an empty variable counts as unset", async () => {
  await write(`const idleMinutes: number = 5;\nexport default { address: "one:7233", idleMinutes } satisfies object;\n`);
  expect(await loadConfig(project, { TEMPORAL_ADDRESS: "" })).toMatchObject({ address: "one:7233", idleMinutes: 5 });
  expect(await loadConfig(project, { TEMPORAL_ADDRESS: "two:7233", TEMPORAL_NAMESPACE: "lab" })).toMatchObject({
    address: "two:7233",
    namespace: "lab",
  });
});

test("names everything that is wrong", async () => {
  await write(`export default { address: "http://one:7233", slots: 0, adress: 1 };\n`);
  await expect(loadConfig(project, {})).rejects.toMatchObject({
    parts: {
      code: "CONFIG_INVALID",
      what: expect.stringMatching(/address: expected HOST:PORT.*slots: .*adress/s),
      where: join(project, "temporal.config.ts"),
    },
  });
});

test.each([
  ["export const config = {};", "no default export"],
  ["export default {", "temporal.config.ts"],
  ["throw new Error('not today'); export default {}", "not today"],
])("a file that can't be used says why: %s", async (text, said) => {
  await write(text);
  const error = await loadConfig(project, {}).catch((thrown) => thrown);
  expect(error).toMatchObject({ parts: { code: "CONFIG_INVALID" } });
  expect(`${error.parts.what} ${error.parts.where}`).toContain(said);
});

const profiles = `
[profile.default]
address = "default:7233"
[profile.lab]
address = "lab:7233"
namespace = "of-lab"
api_key = "key-of-lab"
[profile.lab.tls]
server_name = "name-of-lab"
client_cert_path = "lab.pem"
client_key_path = "lab.key"
[profile.lab.grpc_meta]
Some_Header = "value"
`;

test("a profile overrides the file, a variable the profile, and each setting names its source", async () => {
  await write(`export default { address: "lab:7233", namespace: "of-file", slots: 3 };\n`);
  const file = join(project, "profiles.toml");
  await writeFile(file, profiles);
  const environment = {
    TEMPORAL_CONFIG_FILE: file,
    TEMPORAL_PROFILE: "lab",
    TEMPORAL_API_KEY: "key-of-variable",
    TEMPORAL_TLS_SERVER_NAME: "n",
  };
  const { config, sources, unused } = await loadSettings(project, { ...environment, TEMPORAL_CODEC_ENDPOINT: "http://x" });
  expect(config).toMatchObject({
    address: "lab:7233",
    namespace: "of-lab",
    apiKey: "key-of-variable",
    tls: { serverName: "n", certificate: "lab.pem", key: "lab.key" },
    metadata: { "some-header": "value" },
    slots: 3,
  });
  expect(sources).toEqual({
    address: `profile lab of ${file}`,
    namespace: `profile lab of ${file}`,
    apiKey: "TEMPORAL_API_KEY",
    tls: `TEMPORAL_TLS_SERVER_NAME, profile lab of ${file}`,
    metadata: `profile lab of ${file}`,
    slots: "temporal.config.ts",
  });
  expect(unused).toEqual(["TEMPORAL_CODEC_ENDPOINT"]);
});

test("a file of profiles that is named without a profile gives its default one; a file that is not named is not read", async () => {
  const folder = join(project, "temporalio");
  await mkdir(folder);
  await writeFile(join(folder, "temporal.toml"), profiles);
  expect((await loadConfig(project, { TEMPORAL_CONFIG_FILE: join(folder, "temporal.toml") })).address).toBe("default:7233");
  expect((await loadConfig(project, { XDG_CONFIG_HOME: project, TEMPORAL_NAMESPACE: "n" })).address).toBeUndefined();
  expect((await loadConfig(project, { XDG_CONFIG_HOME: project, TEMPORAL_PROFILE: "lab" })).address).toBe("lab:7233");
});

test.each<[NodeJS.ProcessEnv, unknown]>([
  [{ TEMPORAL_TLS: "true" }, true],
  [{ TEMPORAL_TLS: "0", TEMPORAL_TLS_SERVER_NAME: "n" }, false],
  [{ TEMPORAL_TLS_SERVER_CA_CERT_DATA: "-----BEGIN" }, { ca: { data: "-----BEGIN" } }],
  [
    { TEMPORAL_TLS_CLIENT_CERT_PATH: "c", TEMPORAL_TLS_CLIENT_KEY_DATA: "k" },
    { certificate: "c", key: { data: "k" } },
  ],
])("TLS by variables: %j", async (environment, tls) => {
  expect((await loadConfig(project, environment)).tls).toEqual(tls);
});

test("certificates, headers and key of the file are not sent to another address that a variable names", async () => {
  const credentials = `tls: { ca: "ca.pem" }, apiKey: "k", metadata: { "x-y": "z" }`;
  await write(`export default { address: "one:7233", ${credentials} };\n`);
  expect(await loadConfig(project, { TEMPORAL_ADDRESS: "one:7233" })).toMatchObject({ apiKey: "k", tls: { ca: "ca.pem" } });
  const elsewhere = await loadConfig(project, { TEMPORAL_ADDRESS: "two:7233" });
  expect([elsewhere.tls, elsewhere.apiKey, elsewhere.metadata]).toEqual([undefined, undefined, undefined]);
  await rm(join(project, "temporal.config.ts"));
  await mkdir(join(project, "other"));
  await writeFile(join(project, "other", "temporal.config.ts"), `export default { ${credentials} };\n`);
  expect(await loadConfig(join(project, "other"), { TEMPORAL_ADDRESS: "two:7233" })).toMatchObject({ apiKey: "k" });
});

test.each([
  [{ TEMPORAL_ADDRESS: "http://one" }, "address (TEMPORAL_ADDRESS): expected HOST:PORT"],
  [{ TEMPORAL_TLS: "yes" }, "TEMPORAL_TLS: expected true, false, 1 or 0"],
  [{ TEMPORAL_TLS_CLIENT_CERT_PATH: "c" }, "tls (TEMPORAL_TLS_CLIENT_CERT_PATH): certificate and key go together"],
  [{ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: "true" }, "never connects to a server that it can't verify"],
  [{ TEMPORAL_CONFIG_FILE: "/nowhere.toml" }, "TEMPORAL_CONFIG_FILE: there is no file /nowhere.toml"],
  [{ TEMPORAL_PROFILE: "none", XDG_CONFIG_HOME: "/nowhere" }, "Profile 'none' not found"],
  [{ TEMPORAL_TLS_CLIENT_KEY_PATH: "c", TEMPORAL_TLS_CLIENT_KEY_DATA: "k" }, "Cannot specify both client_key_path and client_key_data"],
])("an invalid variable is named: %j", async (environment, said) => {
  const error = await loadConfig(project, environment).catch((thrown) => thrown);
  expect(error.parts).toMatchObject({ code: "CONFIG_INVALID", where: "the TEMPORAL_ variables of the environment" });
  expect(error.parts.what).toContain(said);
});

test("a profile file with an unknown setting is named", async () => {
  const file = join(project, "profiles.toml");
  await writeFile(file, `[profile.default]\nadress = "one:7233"\n`);
  await expect(loadConfig(project, { TEMPORAL_CONFIG_FILE: file })).rejects.toMatchObject({
    parts: { what: expect.stringMatching(`TEMPORAL_CONFIG_FILE=${file}: .*adress`) },
  });
});

test.each([
  ["startWorker: false", "startWorker: false needs an `address`"],
  ['queues: ["gpu"]', "queues: without `address` they must include cpu"],
  ['taskQueue: "a b"', "taskQueue: expected 1 to 200 letters"],
  ['tls: { ca: "ca.pem", key: "k" }', "tls: certificate and key go together"],
  ['apiKey: { secret: "lower" }', "apiKey.secret: expected a name like S3_KEY"],
  ['codec: { key: { id: "a", from: "the key itself" } }', 'codec.key.from: expected secret("NAME") or { file: "path" }'],
  ['codec: { key: { id: "a", from: { file: "a" } }, otherKeys: [{ id: "a", from: { file: "b" } }] }', "codec: every key needs its own id"],
])("an invalid setting says what is expected: %s", async (text, said) => {
  await write(`export default { ${text} };\n`);
  await expect(loadConfig(project, {})).rejects.toMatchObject({ parts: { code: "CONFIG_INVALID", what: expect.stringContaining(said) } });
});
