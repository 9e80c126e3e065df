import type { Digest } from "../../schemas/digest.ts";
import { StageRecord } from "../../schemas/record.ts";
import { BoundedMap } from "../../system/bounded-map.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import { uniqueName } from "../../system/files/durable-file.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { Backend } from "../objects/backend.ts";
import { setAside } from "./set-aside.ts";

/** What was computed before, by key. Of several records for a key the first valid one wins, for every process. */
export class Records {
  readonly #backend: Backend;
  readonly #artifacts: Artifacts;
  /** Records read before, by their text. */
  readonly #parsed = new BoundedMap<string, StageRecord>(4096);

  constructor(backend: Backend, artifacts: Artifacts) {
    this.#backend = backend;
    this.#artifacts = artifacts;
  }

  /** The record of a key; undefined when there is none, or it is damaged. Its artifacts are not checked. */
  async get(key: Digest): Promise<StageRecord | undefined> {
    const text = await this.#backend.readText(recordName(key));
    const record = text === undefined ? undefined : this.#parse(text);
    return record?.key === key ? record : undefined;
  }

  /**
   * Store a record, unless the key has one whose artifacts are all sound.
   *
   * @returns the record that is now in force: this one, or the one that was there first.
   */
  async put(record: StageRecord): Promise<StageRecord> {
    const name = recordName(record.key);
    const made = toCheckedText(StageRecord.parse(record));
    while (!(await this.#backend.publish(name, made))) {
      const text = await this.#backend.readText(name);
      if (text === undefined) continue;
      const first = this.#parse(text);
      if (first?.key === record.key && (await this.isSound(first))) {
        await this.#backend.sync(name);
        return first;
      }
      await setAside(this.#backend, name, text, asideName(record.key));
    }
    return record;
  }

  /** Whether every artifact that a record names as an output exists and is sound. */
  async isSound(record: StageRecord): Promise<boolean> {
    for (const output of Object.values(record.outputs)) {
      if ((await this.#artifacts.check(output)) !== undefined) return false;
    }
    return true;
  }

  /** Move the record of a key into `damaged/`; returns its name there. */
  async setAside(key: Digest): Promise<string> {
    const aside = asideName(key);
    await this.#backend.move(recordName(key), aside);
    return aside;
  }

  /** Every record that can be read, in order of key. */
  async *list(): AsyncGenerator<StageRecord> {
    for await (const page of this.#backend.list("records")) {
      for (const name of page) {
        const text = await this.#backend.readText(name);
        const record = text === undefined ? undefined : this.#parse(text);
        if (record !== undefined && name === recordName(record.key)) yield record;
      }
    }
  }

  /** When a record was written, in milliseconds since the epoch; undefined when there is none. */
  async writtenAt(key: Digest): Promise<number | undefined> {
    return (await this.#backend.stat(recordName(key)))?.modified;
  }

  /** Delete a record that nothing needs; its artifacts stay. */
  free(key: Digest): Promise<void> {
    return this.#backend.remove(recordName(key));
  }

  #parse(text: string): StageRecord | undefined {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const { data } = StageRecord.safeParse(fromCheckedText(text));
    if (data !== undefined) this.#parsed.set(text, data);
    return data;
  }
}

function recordName(key: Digest): string {
  return `records/${key.slice(0, 2)}/${key}.json`;
}

function asideName(key: Digest): string {
  return `damaged/record-${key}.${uniqueName()}.json`;
}
