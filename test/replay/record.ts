/**
 * Record the histories that the replay tests check workflow code against: `node test/replay/record.ts [SCENARIO ...]`, all of them when none is named.
 *
 * Record again only when workflow code is changed deliberately in a way that old runs need not survive; otherwise a failing replay is a defect.
 */
import { readdir, rm } from "node:fs/promises";
import { Recorder } from "./recorder.ts";
import { scenarios } from "./scenarios.ts";

const histories = new URL("./histories/", import.meta.url);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => scenarios[name] === undefined);
if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(", ")}; there are ${Object.keys(scenarios).join(", ")}`);
if (asked.length === 0) for (const name of await readdir(histories)) await rm(new URL(name, histories));

const recorder = await Recorder.open();
try {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    for (const line of await recorder.record(name, scenario)) console.log(line);
  }
} finally {
  await recorder.close();
}
