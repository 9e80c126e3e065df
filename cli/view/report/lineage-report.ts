/** `crisol lineage`: what an artifact was made from, as plain data and as lines for people. */
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { type Digest, shortDigest } from "../../../schemas/digest.ts";
import { isRaw } from "../../../schemas/kinds.ts";
import { lineage } from "../../../store/artifacts/lineage.ts";
import type { Run } from "../../../store/runs/run.ts";
import type { Store } from "../../../store/store.ts";
import { count, size } from "../../../system/text/figures.ts";
import { bold, dim, red } from "../../../system/text/styles.ts";
import { producerOf } from "../../artifacts/known-artifacts.ts";

/** A change of a run's plan: when, and why. */
export type Amendment = Pick<Run["plans"][number], "at" | "why">;

/** One artifact of a lineage. */
export interface LineageRow {
  readonly digest: Digest;
  readonly kind: ArtifactRef["kind"] | undefined;
  readonly facts: readonly string[];
  readonly counts: { readonly [name: string]: number };
  readonly files: number;
  readonly bytes: number;
  /** The node (and which output if it has several), stage, key and time of the computation; undefined for raw files, and if there is no record. */
  readonly made:
    | {
        readonly node: string;
        readonly stage: string;
        readonly key: Digest;
        readonly at: string;
        /** The run that produced it, and the changes of its plan before that. */
        readonly run: string | undefined;
        readonly amendments: readonly Amendment[];
      }
    | undefined;
  readonly inputs: readonly Digest[];
  readonly problem: string | undefined;
}

/** Everything an artifact was made from, raw files first, itself last. */
export async function artifactLineage(store: Store, ref: ArtifactRef): Promise<LineageRow[]> {
  const { nodes } = await lineage(store, ref);
  const runs = new Map<string, Run | undefined>();
  for (const runId of new Set(nodes.flatMap(({ record }) => record?.run ?? []))) runs.set(runId, await store.runs.find(runId));
  return nodes.map(({ digest, manifest, record, problem }) => ({
    digest,
    kind: manifest?.kind,
    facts: manifest?.facts ?? [],
    counts: manifest?.counts ?? {},
    files: manifest?.files.length ?? 0,
    bytes: manifest?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
    made: record && {
      node: producerOf(record, digest),
      stage: record.ingredients.stage,
      key: record.key,
      at: record.startedAt,
      run: record.run,
      amendments: amendmentsOf(runs.get(record.run ?? ""), record.startedAt),
    },
    inputs: manifest?.inputs ?? [],
    problem: problem?.parts.what,
  }));
}

/** The changes of a run's plan before a stage began. */
function amendmentsOf(run: Run | undefined, before: string): Amendment[] {
  return (run?.plans.slice(1) ?? []).filter(({ at }) => at <= before).map(({ at, why }) => ({ at, why }));
}

/** A lineage as text: the artifact at the top, what each was made from below it; repeated subtrees are left out. */
export function renderLineage(rows: readonly LineageRow[]): string {
  const byDigest = new Map(rows.map((row) => [row.digest, row]));
  const shown = new Set<Digest>();
  const lines: string[] = [];
  const draw = (digest: Digest, before: string, branch: string): void => {
    const row = byDigest.get(digest);
    if (row === undefined) return;
    const repeated = shown.has(digest);
    shown.add(digest);
    lines.push(`${before}${branch}${describe(row)}${repeated && row.inputs.length > 0 ? dim("  (as above)") : ""}`);
    if (repeated) return;
    const below = branch === "" ? before : before + (branch.startsWith("└") ? "   " : "│  ");
    for (const [index, input] of row.inputs.entries()) draw(input, below, index === row.inputs.length - 1 ? "└─ " : "├─ ");
  };
  const last = rows.at(-1);
  if (last !== undefined) draw(last.digest, "", "");
  for (const { made } of rows) {
    for (const { at, why } of made?.amendments ?? []) {
      const line = dim(`run ${made?.run} was amended at ${at}: ${why}`);
      if (!lines.includes(line)) lines.push(line);
    }
  }
  return lines.join("\n");
}

function describe({ digest, kind, made, facts, files, bytes, problem }: LineageRow): string {
  if (problem !== undefined) return `${shortDigest(digest)}  ${red(problem)}`;
  const by = made?.node ?? (kind !== undefined && isRaw({ kind }) ? "raw files" : "no record");
  const contents = `${count(files)} ${files === 1 ? "file" : "files"}, ${size(bytes)}`;
  return `${bold(kind ?? "")} ${shortDigest(digest)}  ${by}  ${dim([contents, ...facts].join(", "))}`;
}
