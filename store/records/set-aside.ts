import type { Backend } from "../objects/backend.ts";

/** Set aside an object that was found damaged with this text; if another process has replaced it by a sound one meanwhile, that is put back. */
export async function setAside(backend: Backend, name: string, text: string, aside: string): Promise<void> {
  await backend.move(name, aside);
  const moved = await backend.readText(aside);
  if (moved === undefined || moved === text) return;
  await backend.publish(name, moved);
  await backend.remove(aside);
}
