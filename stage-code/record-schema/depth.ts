import type { Json } from "../../schemas/json.ts";

/** Whether a value is nested deeper than so many levels; looked at without recursion, which depth itself could overflow. */
export function isDeeperThan(value: Json, levels: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((item) =>
      item !== null && typeof item === "object"
        ? Object.values(item).filter((member) => member !== null && typeof member === "object")
        : [],
    );
  }
  return false;
}
