import type { ArtifactRef, Manifest } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import type { StageRecord } from "../schemas/record.ts";

/** What the planner needs of a store. */
export interface PlannerStore {
  readonly blobs: {
    has(digest: Digest): Promise<boolean>;
    put(bytes: Uint8Array): Promise<Digest>;
    readAll(digest: Digest): Promise<Uint8Array>;
  };
  readonly artifacts: {
    manifest(digest: Digest): Promise<Manifest>;
  };
  readonly records: {
    get(key: Digest): Promise<StageRecord | undefined>;
    ofStage(stage: string): Promise<readonly StageRecord[]>;
  };
}
