import { z } from "zod";
import { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";
import { ShardRecord, type StageRecord } from "../../schemas/record.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import type { Backend } from "../objects/backend.ts";
import type { Blobs } from "../objects/blobs.ts";

/** What mapped stages produced from single shards, by key, so that new data runs only new shards. */
export class ShardRecords {
  readonly #backend: Backend;
  readonly #blobs: Blobs;

  constructor(backend: Backend, blobs: Blobs) {
    this.#backend = backend;
    this.#blobs = blobs;
  }

  /** The record of a shard's key; undefined when there is none, or it is damaged. */
  async get(key: Digest): Promise<ShardRecord | undefined> {
    const text = await this.#backend.readText(shardRecordName(key));
    const { data } = text === undefined ? {} : ShardRecord.safeParse(fromCheckedText(text));
    return data?.key === key ? data : undefined;
  }

  /** The record of a shard's key, if every file that it names exists and is sound. */
  async sound(key: Digest): Promise<ShardRecord | undefined> {
    const record = await this.get(key);
    if (record === undefined) return undefined;
    for (const { files } of Object.values(record.outputs)) {
      for (const { sha256 } of files) if ((await this.#blobs.check(sha256)) !== undefined) return undefined;
    }
    return record;
  }

  /** Store a record, replacing an unsound one. */
  async put(record: ShardRecord): Promise<void> {
    const name = shardRecordName(record.key);
    const text = toCheckedText(ShardRecord.parse(record));
    while (!(await this.#backend.publish(name, text))) {
      if ((await this.sound(record.key)) !== undefined) return this.#backend.sync(name);
      await this.#backend.remove(name);
    }
  }

  /** The keys of the shards that a mapped stage's record was joined from, in order; none if the list can't be read. */
  async listed({ shards }: Pick<StageRecord, "shards">): Promise<Digest[]> {
    if (shards === undefined) return [];
    const text = await this.#blobs.readAll(shards).catch((error) => (isCrisolError(error) ? "" : Promise.reject(error)));
    return z.array(Digest).safeParse(jsonOrUndefined(`${text}`)).data ?? [];
  }

  /** The keys of all records, in ascending order. */
  async *keys(): AsyncGenerator<Digest> {
    for await (const page of this.#backend.list("shards")) {
      for (const name of page) {
        const key = Digest.safeParse(name.slice(name.lastIndexOf("/") + 1).replace(/\.json$/, ""));
        if (key.success) yield key.data;
      }
    }
  }

  /** When a record was written, in milliseconds since the epoch; undefined when there is none. */
  async writtenAt(key: Digest): Promise<number | undefined> {
    return (await this.#backend.stat(shardRecordName(key)))?.modified;
  }

  /** Delete a record that nothing needs; its blobs stay. */
  free(key: Digest): Promise<void> {
    return this.#backend.remove(shardRecordName(key));
  }
}

function shardRecordName(key: Digest): string {
  return `shards/${key.slice(0, 2)}/${key}.json`;
}
