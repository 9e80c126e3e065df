/**
 * The text of a history without traces of the machine that recorded it: stacks, processes, and the folder of its project.
 *
 * @param history as Temporal writes it in JSON, its payloads in base64
 */
export function anonymousHistory(history: string, folder: string): string {
  const parsed: unknown = JSON.parse(history, (name, value: unknown) => {
    if (typeof value !== "string") return value;
    if (name === "stackTrace") return "";
    if (name === "identity") return "process@machine";
    // a worker's own queue is named after it
    if (/^\d+@.+-[0-9a-f]{32}$/.test(value)) return "sticky";
    return name === "data" ? withoutFolder(value, folder) : value.replaceAll(folder, "/project");
  });
  return `${JSON.stringify(parsed, undefined, 1)}\n`;
}

function withoutFolder(base64: string, folder: string): string {
  return Buffer.from(Buffer.from(base64, "base64").toString("utf8").replaceAll(folder, "/project")).toString("base64");
}
