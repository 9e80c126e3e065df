import type { Artifacts } from "../store/artifacts/artifacts.ts";
import type { Blobs } from "../store/objects/blobs.ts";
import type { FileHasher } from "../store/objects/file-hasher.ts";
import type { Heads } from "../store/records/heads.ts";
import type { Records } from "../store/records/records.ts";

/** What the planner needs of a store. */
export interface PlannerStore {
  readonly blobs: Pick<Blobs, "put" | "readAll" | "check">;
  readonly artifacts: Pick<Artifacts, "commit" | "manifest" | "check">;
  readonly records: Pick<Records, "get" | "list">;
  readonly heads: Pick<Heads, "get" | "set">;
  readonly files: Pick<FileHasher, "hashFile">;
}
