/** The value of a JSON text; undefined when the text is not JSON. Free of zod, so that the bundles of stages stay small. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
