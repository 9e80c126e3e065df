import { z } from "zod";
import { RelativePath } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { CrisolError } from "../../schemas/error.ts";
import { Json } from "../../schemas/json.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import { uniqueName } from "../../system/files/durable-file.ts";
import type { Backend } from "../objects/backend.ts";
import { setAside } from "./set-aside.ts";

/** What a name points to, and the attempt that set it. */
export const Head = z.object({ value: Json, attempt: z.int().nonnegative() });
export type Head = z.output<typeof Head>;

/** Who sets a head, and what it must point to beforehand. */
export interface HeadOptions {
  /** The attempt that sets it; 0 for people. */
  readonly attempt: number;
  /** Set it only if this is its current value; null: only if it has none. */
  readonly expect?: Json;
}

/** Small named pointers, the store's only moving parts: aliases of models, the newest checkpoint of a key. */
export class Heads {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** What a name points to; undefined when it points to nothing. A damaged pointer is set aside and counts as nothing. */
  async get(name: string): Promise<Head | undefined> {
    return (await this.#read(name)).head;
  }

  /**
   * Point a name to a value; safe across processes.
   *
   * @returns false when the value is not the one expected.
   * @throws CrisolError CANCELED when a later attempt has already set it: the caller is a zombie and must stop.
   */
  async set(name: string, value: Json, options: HeadOptions): Promise<boolean> {
    for (;;) {
      const { head, text } = await this.#read(name);
      if (head !== undefined && options.attempt < head.attempt) throw overtaken(name, options.attempt, head.attempt);
      if (options.expect !== undefined && canonicalJson(head?.value ?? null) !== canonicalJson(options.expect)) return false;
      const next = toCheckedText({ value, attempt: options.attempt });
      if (await this.#backend.compareAndSet(headName(name), text, next)) return true;
    }
  }

  /**
   * Become the latest attempt at a name, which keeps its value or gets `initial`: earlier attempts can no longer set it.
   *
   * Concurrent callers each get a different number.
   */
  async fence(name: string, initial: Json): Promise<Head> {
    for (;;) {
      const { head, text } = await this.#read(name);
      const mine: Head = { value: head?.value ?? initial, attempt: (head?.attempt ?? 0) + 1 };
      if (await this.#backend.compareAndSet(headName(name), text, toCheckedText(mine))) return mine;
    }
  }

  /** Names and values below a prefix ("checkpoints/"), in order of name. */
  async *list(prefix = ""): AsyncGenerator<{ readonly name: string; readonly head: Head }> {
    for await (const page of this.#backend.list(`heads/${prefix}`.replace(/\/$/, ""))) {
      for (const file of page) {
        const name = file.slice("heads/".length, -".json".length);
        const head = await this.get(name);
        if (head !== undefined) yield { name, head };
      }
    }
  }

  /** Remove a name. */
  remove(name: string): Promise<void> {
    return this.#backend.remove(headName(name));
  }

  async #read(name: string): Promise<{ head: Head | undefined; text: string | undefined }> {
    const text = await this.#backend.readText(headName(name));
    if (text === undefined) return { head: undefined, text };
    const { data } = Head.safeParse(fromCheckedText(text));
    if (data !== undefined) return { head: data, text };
    await setAside(this.#backend, headName(name), text, `damaged/head-${name.replaceAll("/", "-")}.${uniqueName()}.json`);
    return this.#read(name);
  }
}

function headName(name: string): string {
  return `heads/${RelativePath.parse(name)}.json`;
}

function overtaken(name: string, attempt: number, by: number): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: `attempt ${by} has taken over from attempt ${attempt}`,
    where: `head ${name}`,
    why: "two simultaneous attempts would overwrite each other's newest state",
    fix: "nothing: the later attempt continues from the last saved state",
  });
}
