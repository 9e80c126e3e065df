import type { Backend } from "../objects/backend.ts";

/** An object's text, whatever its size; undefined when there is none. Workers read it between heartbeats: the event loop never waits for the disk. */
export async function readWithoutBlocking(backend: Backend, name: string): Promise<string | undefined> {
  const object = await backend.open(name);
  if (object === undefined) return undefined;
  try {
    return Buffer.concat(await Array.fromAsync(object.chunks())).toString("utf8");
  } finally {
    await object.close();
  }
}
