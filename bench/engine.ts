/**
 * crisol beside other engines, on the same work in the same call: `node bench/engine.ts --peers flyte,temporal`.
 *
 * Whole commands, as a user gives them, with server and worker up: 10 and 50 steps in a row, each `{ n } -> { n: n + 1 }` with a result that the
 * engine keeps; the 50 again, when all are done; 200 independent tasks; a kill -9 of the worker (crisol) or of the command with all its children
 * (the peers, whose worker it is) in the middle of step 5 of 10 that take a second each; and the 50 again after a helper in another file was edited.
 * Each of crisol's steps is committed durably, with record and report; how durable the peers' results are differs.
 *
 *     --peers NAMES    or `all`, or `none`: see bench/engine/peers.ts   (default: temporal,flyte)
 *     --cache DIR      where peers are installed, each separately        (default: crisol-bench-peers in the system's temporary folder)
 *     --repeats N      each figure is the median of N                    (default: 3)
 *     --no-kill        leave out the kill, which takes 12 seconds each time
 */
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CrisolEngine } from "./engine/crisol.ts";
import type { Engine } from "./engine/engine.ts";
import { measure } from "./engine/measure.ts";
import { PeerEngine } from "./engine/peer-engine.ts";
import { peers } from "./engine/peers.ts";
import { aims, cells, ratios, table } from "./engine/table.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "temporal,flyte" },
    cache: { type: "string", default: join(tmpdir(), "crisol-bench-peers") },
    repeats: { type: "string", default: "3" },
    kill: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const names =
  values.peers === "all" ? peers.map(({ name }) => name) : values.peers.split(",").filter((name) => name !== "none" && name !== "");
const chosen = names.map((name) => {
  const peer = peers.find((known) => known.name === name);
  if (peer === undefined) throw new Error(`there is no peer '${name}': ${peers.map((known) => known.name).join(", ")}`);
  return peer;
});
const cache = resolve(values.cache);
await mkdir(cache, { recursive: true });
const options = { repeats: Number(values.repeats), kill: values.kill };

const crisol = new CrisolEngine();
const started = new Set<Engine>([crisol]);
// a bench that is interrupted leaves nothing running
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void Promise.allSettled([...started].map((engine) => engine.stop())).then(() => process.exit(130)));
await crisol.start();
const failed: string[] = [];
try {
  const rows: [string, string[]][] = [["crisol, at most", cells(aims)]];
  if (chosen.length === 0) rows.push(["crisol", cells((await measure([crisol], options)).get(crisol) ?? aims)]);
  for (const definition of chosen) {
    const peer = new PeerEngine(definition, cache);
    started.add(peer);
    try {
      await peer.start();
      const figures = await measure([peer, crisol], options);
      const [theirs, ours] = [figures.get(peer), figures.get(crisol)];
      if (theirs === undefined || ours === undefined) continue;
      rows.push(
        [`${peer.name} (${definition.what})`, cells(theirs)],
        ["crisol beside it", cells(ours)],
        ["crisol / peer", ratios(ours, theirs)],
      );
      console.log(`${table(rows.slice(-3))}\n`);
    } catch (error) {
      failed.push(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
      console.error(failed.at(-1));
    } finally {
      started.delete(peer);
      await peer.stop();
    }
  }
  console.log(table(rows));
} finally {
  await crisol.stop();
}
if (failed.length > 0) {
  console.error(`\nnot measured:\n${failed.join("\n")}`);
  process.exitCode = 1;
}
