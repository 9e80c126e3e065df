/** The first pass over documents: which there are, which are exact duplicates, and a signature of each distinct text. */
import { createHash } from "node:crypto";
import type { Document } from "../../../schemas/document.ts";
import { WordScanner } from "../text/words.ts";
import { essence, fold } from "./fold.ts";
import { SignatureTable } from "./signature-table.ts";
import { shingleHashes, sign } from "./signatures.ts";

/** What one pass learns. Documents are numbered as they come; results do not depend on that order. */
export class Census {
  readonly ids: string[] = [];
  /** Each document's text length, in UTF-16 units. */
  readonly lengths: number[] = [];
  /** Each document's text number: the same for texts that differ in nothing that counts. */
  readonly textOf: number[] = [];
  /** Each distinct text's representative document: the longest, and among equally long ones the one with the least id. */
  readonly bestOf: number[] = [];
  /** Each distinct text's signature. */
  readonly signatures = new SignatureTable();
  /** Texts that have words and so can be near-duplicates. */
  readonly comparable: number[] = [];
  readonly #texts = new Map<string, number>();
  readonly #scanner = new WordScanner();
  #shingles = new Uint32Array(1024);

  add({ id, text }: Document): void {
    const folded = fold(text, this.#scanner);
    const key = createHash("sha256").update(essence(folded)).digest("base64url").slice(0, 24);
    let number = this.#texts.get(key);
    if (number === undefined) {
      number = this.#texts.size;
      this.#texts.set(key, number);
      this.bestOf.push(this.ids.length);
      const { count } = folded.words;
      if (this.#shingles.length < count + 1) this.#shingles = new Uint32Array(count * 2);
      sign(this.#shingles, shingleHashes(folded.words, this.#shingles), this.signatures.append());
      if (count > 0) this.comparable.push(number);
    }
    this.ids.push(id);
    this.lengths.push(text.length);
    this.textOf.push(number);
    const document = this.ids.length - 1;
    if (this.isBetter(document, this.bestOf[number] ?? document)) this.bestOf[number] = document;
  }

  /** Whether the rule prefers one document to another: it compares only the two, so their order does not matter. */
  isBetter(document: number, other: number): boolean {
    const [length = 0, otherLength = 0] = [this.lengths[document], this.lengths[other]];
    return length > otherLength || (length === otherLength && this.idOf(document) < this.idOf(other));
  }

  idOf(document: number): string {
    return this.ids[document] ?? "";
  }

  /** The id of a text's representative document. */
  idOfText(text: number): string {
    return this.idOf(this.bestOf[text] ?? 0);
  }

  /** The comparable texts in an order that depends on the documents alone: by the ids of their representatives. */
  inOrder(): Uint32Array {
    return Uint32Array.from(this.comparable).sort((a, b) => (this.idOfText(a) < this.idOfText(b) ? -1 : 1));
  }
}
