import { readdir, readFile } from "node:fs/promises";
import { type History, historyFromJSON } from "@temporalio/common/lib/proto-utils.js";

const folder = new URL("./histories/", import.meta.url);

/** The names of all recorded histories. */
export async function historyNames(): Promise<string[]> {
  return (await readdir(folder)).map((name) => name.replace(/\.json$/, "")).sort();
}

/** The text of a recorded history. */
export async function historyText(name: string): Promise<string> {
  return readFile(new URL(`${name}.json`, folder), "utf8");
}

/** A recorded history. */
export async function historyOf(name: string): Promise<History> {
  return historyFromJSON(JSON.parse(await historyText(name)));
}
