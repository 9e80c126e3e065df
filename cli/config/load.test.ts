import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectionSettings } from "./connection.ts";
import { Config } from "./define.ts";
import { loadConfig } from "./load.ts";

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "crisol-config-"));
});
afterEach(() => rm(project, { recursive: true }));

const write = (text: string) => writeFile(join(project, "temporal.config.ts"), text);

test("a project without settings gets the defaults", async () => {
  expect(await loadConfig(project, {})).toEqual({ namespace: "default", gpuSlots: 1, idleMinutes: 30 });
});

test("reads typed settings; the environment goes before them, and an empty variable is none", async () => {
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

test("an API key encrypts, and goes to the configured address alone", async () => {
  const config = Config.parse({ address: "cloud:7233", apiKey: "k" });
  expect(await connectionSettings(config, "cloud:7233")).toEqual({ address: "cloud:7233", tls: true, apiKey: "k" });
  expect(await connectionSettings(config, "127.0.0.1:7233")).toEqual({ address: "127.0.0.1:7233" });
});

test("a certificate needs its key, and both must be there", async () => {
  await expect(connectionSettings(Config.parse({ address: "a:1", tls: { certificate: "c.pem" } }), "a:1")).rejects.toMatchObject({
    parts: { what: expect.stringContaining("go together") },
  });
  await expect(connectionSettings(Config.parse({ address: "a:1", tls: { ca: join(project, "none.pem") } }), "a:1")).rejects.toMatchObject({
    parts: { code: "CONFIG_INVALID", where: join(project, "none.pem") },
  });
});
