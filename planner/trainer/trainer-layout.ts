/** The parts of a syntax tree of Python, without what is layout. */
import type { SyntaxNode } from "@lezer/common";

/** A part of a node: a node, or text that the parser has no node for. */
export type Piece = SyntaxNode | string;

/** Where a comma before the closing bracket means nothing. */
const lists = new Set(["ArgList", "ArrayExpression", "DictionaryExpression", "ParamList", "SetExpression", "TupleExpression"]);
const closing = [")", "]", "}"];
/** Where brackets around a whole expression mean nothing. */
const looseBrackets = new Set(["AssertStatement", "IfStatement", "ReturnStatement", "WhileStatement"]);
/** Where they mean nothing after the last of these. */
const looseAfter: { readonly [name: string]: string } = { AssignStatement: "AssignOp", UpdateStatement: "UpdateOp", ForStatement: "in" };

/** The children of a node, without comments, and what stands between them. */
export function piecesOf(node: SyntaxNode, source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = node.name === "Script" ? 0 : node.from;
  const between = (to: number) => {
    const text = source.slice(at, to).replaceAll("\\\n", "").trim();
    if (text !== "") pieces.push(text);
  };
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    between(child.from);
    at = child.to;
    if (child.name !== "Comment") pieces.push(child);
  }
  between(node.name === "Script" ? source.length : node.to);
  return pieces;
}

/** The pieces of a node without commas and brackets that mean nothing. */
export function tightPieces(node: SyntaxNode, source: string): Piece[] {
  let pieces = piecesOf(node, source);
  if (lists.has(node.name) && isToken(pieces.at(-2), ",") && closing.some((name) => isToken(pieces.at(-1), name))) {
    pieces = [...pieces.slice(0, -2), ...pieces.slice(-1)];
  }
  const after = looseAfter[node.name];
  const last = after === undefined ? -1 : pieces.findLastIndex((piece) => isToken(piece, after));
  if (!looseBrackets.has(node.name) && last < 0) return pieces;
  return pieces.map((piece, index) => (index > last && typeof piece !== "string" ? unwrapped(piece, source) : piece));
}

function unwrapped(node: SyntaxNode, source: string): SyntaxNode {
  if (node.name !== "ParenthesizedExpression") return node;
  const [, inner, end, ...more] = piecesOf(node, source);
  if (inner === undefined || typeof inner === "string" || !isToken(end, ")") || more.length > 0) return node;
  return unwrapped(inner, source);
}

/** Whether a part is a token of this name. */
export function isToken(piece: Piece | undefined, name: string): boolean {
  return piece !== undefined && typeof piece !== "string" && piece.name === name;
}
