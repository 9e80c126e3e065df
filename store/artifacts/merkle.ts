import { createHash, hash } from "node:crypto";
import type { FileEntry } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { Digest } from "../../schemas/digest.ts";

/**
 * Merkle trees over sha-256: one digest for a list, and short proofs that an item is in it.
 *
 * @see RFC 6962, section 2.1 (leaves are prefixed by 0, nodes by 1; of n leaves, the largest power of two below n goes left)
 */

/** The hash of a leaf's bytes, or of a text's UTF-8. */
export function leafHash(data: Uint8Array | string): Digest {
  return Digest.parse(createHash("sha256").update("\x00").update(data).digest("hex"));
}

function nodeHash(left: Digest, right: Digest): Digest {
  return Digest.parse(hash("sha256", Buffer.from(`01${left}${right}`, "hex"), "hex"));
}

/** Computes the root over leaf hashes added one by one, in memory that grows with the logarithm of their number. */
export class MerkleRoot {
  /** Roots of complete subtrees, from left to right; their sizes are the binary digits of `#leaves`. */
  readonly #peaks: Digest[] = [];
  #leaves = 0;

  get leaves(): number {
    return this.#leaves;
  }

  /** Append a leaf, by its hash. */
  add(leaf: Digest): void {
    let node = leaf;
    for (let size = this.#leaves; size % 2 === 1; size = (size - 1) / 2) {
      const left = this.#peaks.pop();
      if (left !== undefined) node = nodeHash(left, node);
    }
    this.#peaks.push(node);
    this.#leaves += 1;
  }

  /** The root over what was added; of an empty list, the sha-256 of nothing. */
  root(): Digest {
    if (this.#leaves === 0) return Digest.parse(hash("sha256", "", "hex"));
    return this.#peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** The root over leaf hashes. */
export function merkleRoot(leaves: Iterable<Digest>): Digest {
  const tree = new MerkleRoot();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

/** The root over files, in the order given: the leaves are their entries in canonical JSON. */
export function filesRoot(files: readonly FileEntry[]): Digest {
  return merkleRoot(files.map(({ path, bytes, sha256 }) => leafHash(canonicalJson({ path, bytes, sha256 }))));
}

/** The proof that a leaf is in a tree: the roots of the subtrees beside its path, from the leaf up. */
export interface InclusionProof {
  readonly index: number;
  /** Leaves in the tree. */
  readonly size: number;
  readonly path: readonly Digest[];
}

/**
 * The proof that the leaf at an index is in the tree over these leaf hashes.
 *
 * @throws RangeError when there is no such leaf
 */
export function inclusionProof(leaves: readonly Digest[], index: number): InclusionProof {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index} among ${leaves.length}`);
  const path: Digest[] = [];
  let [from, to] = [0, leaves.length];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      path.unshift(merkleRoot(leaves.slice(middle, to)));
      to = middle;
    } else {
      path.unshift(merkleRoot(leaves.slice(from, middle)));
      from = middle;
    }
  }
  return { index, size: leaves.length, path };
}

/** Whether a proof leads from a leaf hash to a root. @see RFC 9162, section 2.1.3.2 */
export function provesInclusion(leaf: Digest, proof: InclusionProof, root: Digest): boolean {
  if (!Number.isInteger(proof.index) || proof.index < 0 || proof.index >= proof.size) return false;
  let [position, last, node] = [proof.index, proof.size - 1, leaf];
  for (const beside of proof.path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = nodeHash(beside, node);
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      node = nodeHash(node, beside);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && node === root;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
