/** The value of a JSON text; undefined when it is none. Free of zod, so that the bundles of stages stay small. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
