import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { thisProcess } from "../../system/processes/process-identity.ts";
import { Config } from "../connection/settings/define.ts";
import { homeAt } from "../home.ts";
import { knownAddress } from "./known-address.ts";
import { type ServicesState, writeServices } from "./services-state.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-home-"));
});
afterEach(() => rm(folder, { recursive: true }));

const since = new Date().toISOString();
const state: ServicesState = {
  version: 1,
  phase: "starting",
  supervisor: thisProcess(),
  started: since,
  namespace: "default",
  external: false,
  server: { process: thisProcess(), since, restarts: 1 },
};
const known = (given?: string) => knownAddress({ home: homeAt(folder), config: async () => Config.parse({}) }, given);

it("waits for a home's server that is restarting, and uses its new address", async () => {
  await writeServices(homeAt(folder), { ...state, address: "127.0.0.1:1" });
  setTimeout(() => void writeServices(homeAt(folder), { ...state, phase: "up", address: "127.0.0.1:2" }), 100);
  expect(await known()).toBe("127.0.0.1:2");
});

it("does not wait if an address is given, or the supervisor has gone", async () => {
  await writeServices(homeAt(folder), { ...state, supervisor: { ...state.supervisor, started: 0 }, address: "127.0.0.1:1" });
  expect(await known()).toBe("127.0.0.1:1");
  await writeServices(homeAt(folder), state);
  expect(await known("127.0.0.1:3")).toBe("127.0.0.1:3");
  await rm(homeAt(folder).services);
  await expect(known()).rejects.toMatchObject({ parts: { code: "SERVER_UNREACHABLE" } });
});
