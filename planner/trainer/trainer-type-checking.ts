/** What stands under `if TYPE_CHECKING:` is read by type checkers, and by no program that runs. */
import type { SyntaxNode } from "@lezer/common";

/** Whether a condition is `TYPE_CHECKING`. */
export function isTypeChecking(node: SyntaxNode, textOf: (node: SyntaxNode) => string): boolean {
  return /^(typing\.)?TYPE_CHECKING$/.test(textOf(node));
}

/** Whether `TYPE_CHECKING` stands in imports from typing and in conditions alone, so that it is false when the program runs. */
export function usesTypeChecking(top: SyntaxNode, textOf: (node: SyntaxNode) => string): boolean {
  let [imports, conditions, others] = [0, 0, 0];
  top.cursor().iterate(({ node }) => {
    if (textOf(node) === "TYPE_CHECKING" && (node.name === "VariableName" || node.name === "PropertyName")) {
      const place = node.name === "PropertyName" ? node.parent?.parent : node.parent;
      const imported =
        place?.name === "ImportStatement" && /^from typing import\b/.test(textOf(place)) && !/TYPE_CHECKING\s+as\b/.test(textOf(place));
      if (place?.name === "IfStatement") conditions += 1;
      else if (imported) imports += 1;
      else others += 1;
      if (node.name === "PropertyName" && /^typing\./.test(textOf(node.parent ?? node))) imports += 1;
    }
  });
  return imports > 0 && conditions > 0 && others === 0;
}
