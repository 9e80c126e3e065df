import type { Backend } from "./backend.ts";

/** Set an object aside that was found wanting when its text was this; a sound one that another process has put in its place meanwhile is put back. */
export async function setAside(backend: Backend, name: string, text: string, aside: string): Promise<void> {
  await backend.move(name, aside);
  const moved = await backend.readText(aside);
  if (moved !== undefined && moved !== text) await backend.adopt(backend.local(aside), name);
}
