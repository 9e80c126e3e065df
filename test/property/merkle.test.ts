/** The root of any list follows RFC 6962, and exactly its leaves can be proved to be in it. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Digest } from "../../schemas/digest.ts";
import { inclusionProof, leafHash, MerkleRoot, merkleRoot, provesInclusion } from "../../store/artifacts/merkle.ts";

const seed = Number(process.env.CRISOL_SEED ?? 20_261_124);
const settings = { seed, numRuns: 200, verbose: true };

/** The RFC's definition, word for word. */
function definition(data: readonly Uint8Array[]): Buffer {
  const sha256 = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
  const [only] = data;
  if (only === undefined) return sha256();
  if (data.length === 1) return sha256(Buffer.from([0]), only);
  let k = 1;
  while (k * 2 < data.length) k *= 2;
  return sha256(Buffer.from([1]), definition(data.slice(0, k)), definition(data.slice(k)));
}

const lists = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 });

test("the root matches the RFC's definition", () => {
  fc.assert(
    fc.property(lists, (data) => {
      const leaves = data.map((bytes) => leafHash(bytes));
      expect(merkleRoot(leaves)).toBe(definition(data).toString("hex"));
    }),
    settings,
  );
});

// the test vectors of the Certificate Transparency project, used by RFC 6962's own implementation
test("the root matches certificate-transparency's test vectors", () => {
  const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const tree = new MerkleRoot();
  expect(tree.root()).toBe(roots[0]);
  for (const [index, input] of inputs.entries()) {
    tree.add(leafHash(Buffer.from(input, "hex")));
    expect(tree.root()).toBe(roots[index + 1]);
  }
});

test("a proof proves its leaf, and no other leaf, place, path or root", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, which, where) => {
      const leaves = Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`));
      const root = merkleRoot(leaves);
      const index = which % size;
      const [leaf, other] = [leafHash(`leaf ${index}`), leafHash("another")];
      const proof = inclusionProof(leaves, index);
      expect(proof.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(provesInclusion(leaf, proof, root)).toBe(true);
      expect(provesInclusion(other, proof, root)).toBe(false);
      expect(provesInclusion(leaf, proof, other)).toBe(false);
      expect(provesInclusion(leaf, { ...proof, path: [...proof.path, other] }, root)).toBe(false);
      expect(provesInclusion(leaf, { ...proof, index: size }, root)).toBe(false);
      if (proof.path.length === 0) return;
      const place = where % proof.path.length;
      expect(provesInclusion(leaf, { ...proof, path: proof.path.with(place, other) }, root)).toBe(false);
      expect(provesInclusion(leaf, { ...proof, path: proof.path.slice(1) }, root)).toBe(false);
      expect(provesInclusion(leaf, { ...proof, index: (index + 1) % size }, root)).toBe(false);
    }),
    settings,
  );
});

test("a leaf cannot pass for a node, nor a node for a leaf", () => {
  const [left, right] = [leafHash("a"), leafHash("b")];
  const root = merkleRoot([left, right]);
  expect(merkleRoot([leafHash(Buffer.from(left + right, "hex"))])).not.toBe(root);
  expect(
    createHash("sha256")
      .update(Buffer.from(left + right, "hex"))
      .digest("hex"),
  ).not.toBe(root);
  expect(Digest.safeParse(root).success).toBe(true);
});

test("there is no proof for a leaf that is not in the tree", () => {
  for (const index of [-1, 3, 0.5, Number.NaN])
    expect(() => inclusionProof([leafHash("a"), leafHash("b"), leafHash("c")], index)).toThrow(RangeError);
});
