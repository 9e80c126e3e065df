import { join, resolve } from "node:path";
import type { Digest } from "../schemas/digest.ts";
import type { StoreLocation } from "../schemas/store-location.ts";
import { makeFolder } from "../system/files/durable-file.ts";
import { writing } from "../system/files/file-errors.ts";
import { Artifacts } from "./artifacts/artifacts.ts";
import type { Backend } from "./objects/backend.ts";
import { Blobs } from "./objects/blobs.ts";
import { DirectoryBackend } from "./objects/directory/directory-backend.ts";
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
  /** Where it is: for another process that opens it, and for people. */
  readonly location: StoreLocation;
  readonly objects: Backend;
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

/** What a store keeps on this machine, outside its objects. */
export interface LocalPlaces {
  /** The file of the index of what was verified here. */
  readonly index: string;
  /** The folder with the keys that sign. */
  readonly keys: string;
  /** A folder for drafts. */
  readonly temporary: string;
}

/**
 * Open a store, which is created if it is missing; any number of processes may have it open.
 *
 * @throws CrisolError STORE_UNWRITABLE, STORE_FULL
 */
export async function openStore({ directory }: StoreLocation): Promise<Store> {
  const root = resolve(directory);
  const temporary = join(root, "tmp");
  await writing(root, () => makeFolder(temporary));
  const backend = new DirectoryBackend(root, temporary);
  return storeOf(backend, { directory: root }, { index: join(root, "index", "stats.log"), keys: join(root, "keys"), temporary });
}

/** A store over a backend. */
export function storeOf(backend: Backend, location: StoreLocation, { index, keys, temporary }: LocalPlaces): Store {
  const verified = new StatIndex(index);
  const blobs = new Blobs(backend, verified);
  const artifacts = new Artifacts(blobs);
  return {
    location,
    objects: backend,
    blobs,
    artifacts,
    records: new Records(backend, artifacts),
    shardRecords: new ShardRecords(backend, blobs),
    claims: new Claims(backend),
    heads: new Heads(backend),
    runs: new Runs(backend, blobs),
    keyring: new Keyring(keys, temporary),
    files: new FileHasher(verified),
    setAside: (digest) => blobs.setAside(digest),
  };
}
