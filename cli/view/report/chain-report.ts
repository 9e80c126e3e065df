/** `crisol verify`: the chain from an artifact back to the raw files, as plain data and as text. */
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { shortDigest } from "../../../schemas/digest.ts";
import type { Store } from "../../../store/store.ts";
import type { ChainLink } from "../../../store/verify/chain-link.ts";
import { type ChainReport, verifyChain } from "../../../store/verify/verify-chain.ts";
import { bold, dim, green, red } from "../../../system/text/styles.ts";

/** Follow an artifact back to its raw files; `onLink` is called for each link as it is checked. */
export function verifyArtifactChain(
  store: Store,
  ref: ArtifactRef,
  projectFolder: string,
  onLink?: (link: ChainLink) => void,
): Promise<ChainReport> {
  return verifyChain(store, ref, { projectFolder, ...(onLink === undefined ? {} : { onLink }) });
}

/** One link, on one line. */
export function renderLink({ type, artifact, stage, checked, broken }: ChainLink): string {
  const place = `${type.padEnd(8)}  ${shortDigest(artifact)}  ${(stage ?? (type === "raw" ? "raw files" : "")).padEnd(18)}`;
  if (broken === undefined) return `${green("✓")} ${place}  ${dim(checked)}`;
  const exact = [broken.file, broken.digest === undefined ? undefined : shortDigest(broken.digest)].filter((part) => part !== undefined);
  return `${red("✖")} ${place}  ${[...exact, broken.reason].join(": ")}`;
}

/** The result of a verification, as text. */
export function renderVerdict({ links, firstBroken, artifact }: ChainReport): string {
  if (firstBroken === undefined) {
    return `${green("✓")} ${bold(shortDigest(artifact))} follows from its raw files: ${links.length} links hold`;
  }
  const { type, stage, broken } = firstBroken;
  const subject = broken?.file ?? broken?.digest ?? firstBroken.artifact;
  const at = stage === undefined ? "" : `, stage ${stage}`;
  const others = links.filter((link) => link.broken !== undefined).length - 1;
  return [
    `${red("✖")} ${bold("the chain is broken")} at ${subject} (${type}${at})`,
    `  ${broken?.reason}`,
    ...(others > 0 ? [dim(`  ${others} more ${others === 1 ? "link does" : "links do"} not hold`)] : []),
  ].join("\n");
}
