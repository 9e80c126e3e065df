const ownFolder = new URL(".", import.meta.url).href;

/** Where the pipeline's code called this language: `file:///x/pipelines/a.ts:12:20`; undefined when the stack does not tell. */
export function callSite(): string | undefined {
  const frames = (new Error("call site").stack ?? "").split("\n").slice(1);
  for (const frame of frames) {
    const place = /(file:\/\/[^\s)]+:\d+:\d+)\)?$/.exec(frame)?.[1];
    if (place !== undefined && !place.startsWith(ownFolder)) return place.replace(/\?[^:]*(?=:\d+:\d+$)/, "");
  }
  return undefined;
}
