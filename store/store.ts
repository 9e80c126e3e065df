import { join, resolve } from "node:path";
import type { Digest } from "../schemas/digest.ts";
import { makeFolder } from "../system/files/durable-file.ts";
import { writing } from "../system/files/file-errors.ts";
import { Artifacts } from "./artifacts/artifacts.ts";
import { Blobs } from "./objects/blobs.ts";
import { DirectoryBackend } from "./objects/directory-backend.ts";
import { FileHasher } from "./objects/file-hasher.ts";
import { StatIndex } from "./objects/stat-index.ts";
import { Claims } from "./records/claims.ts";
import { Heads } from "./records/heads.ts";
import { Records } from "./records/records.ts";
import { ShardRecords } from "./records/shard-records.ts";
import { Runs } from "./runs/runs.ts";
import { Keyring } from "./signing/keyring.ts";

/** The store, where every byte is kept. */
export interface Store {
  readonly folder: string;
  readonly blobs: Blobs;
  readonly artifacts: Artifacts;
  readonly records: Records;
  readonly shardRecords: ShardRecords;
  readonly claims: Claims;
  readonly heads: Heads;
  readonly runs: Runs;
  readonly keyring: Keyring;
  /** Hashes the user's own files, and recognises those that have not changed. */
  readonly files: FileHasher;
  /** Move a damaged blob into `damaged/`; a sound one stays. */
  setAside(digest: Digest): Promise<void>;
}

/**
 * Open the store in a folder, which is created if it is missing; any number of processes may have it open.
 *
 * @throws CrisolError STORE_UNWRITABLE, STORE_FULL
 */
export async function openStore(folder: string): Promise<Store> {
  const root = resolve(folder);
  const temporary = join(root, "tmp");
  await writing(root, () => makeFolder(temporary));
  const backend = new DirectoryBackend(root, temporary);
  const index = new StatIndex(join(root, "index", "stats.log"));
  const blobs = new Blobs(backend, temporary, index);
  const artifacts = new Artifacts(blobs);
  return {
    folder: root,
    blobs,
    artifacts,
    records: new Records(backend, artifacts),
    shardRecords: new ShardRecords(backend, blobs),
    claims: new Claims(backend, temporary),
    heads: new Heads(backend),
    runs: new Runs(backend, blobs),
    keyring: new Keyring(join(root, "keys"), temporary),
    files: new FileHasher(index),
    setAside: (digest) => blobs.setAside(digest),
  };
}
