/**
 * Which names of a function, class or block are bound in it (ECMA-262, sections 8.2 and 14 to 15).
 *
 * Only the scoping of modules counts: they are strict, so a function in a block is bound in that block.
 */
import { childrenOf, identifierName, nodeIn, nodesIn, type SyntaxNode, textIn } from "./syntax.ts";

/** The names that a pattern binds: `{ a, b: [c = 1], ...d }` binds a, c and d. */
export function boundNames(pattern: SyntaxNode | undefined): string[] {
  switch (pattern?.type) {
    case undefined:
      return [];
    case "Identifier":
      return [textIn(pattern, "name")];
    case "ObjectPattern":
      return nodesIn(pattern, "properties").flatMap((property) =>
        boundNames(property.type === "Property" ? nodeIn(property, "value") : property),
      );
    case "ArrayPattern":
      return nodesIn(pattern, "elements").flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(nodeIn(pattern, "left"));
    case "RestElement":
      return boundNames(nodeIn(pattern, "argument"));
    default:
      // a member, in an assignment
      return [];
  }
}

/** The names that statements bind in their own block: `let`, `const`, `class` and functions. */
export function lexicalNames(statements: readonly SyntaxNode[]): string[] {
  return statements.flatMap((statement) => {
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") return boundNames(nodeIn(statement, "id"));
    return statement.type === "VariableDeclaration" && textIn(statement, "kind") !== "var" ? declaredNames(statement) : [];
  });
}

/** The names that `var` binds below a node, in the function (or at the top level) that it stands in. */
export function hoistedNames(node: SyntaxNode): string[] {
  if (isFunction(node) || isClass(node)) return [];
  const own = node.type === "VariableDeclaration" && textIn(node, "kind") === "var" ? declaredNames(node) : [];
  return [...own, ...childrenOf(node).flatMap(hoistedNames)];
}

/** The names that a declaration of variables binds. */
export function declaredNames(declaration: SyntaxNode): string[] {
  return nodesIn(declaration, "declarations").flatMap((declarator) => boundNames(nodeIn(declarator, "id")));
}

/** Names that are assigned to by a node itself: `a = 1`, `[a, b] = c`, `a++`, `for (a of b)`. */
export function assignedNames(node: SyntaxNode): string[] {
  switch (node.type) {
    case "AssignmentExpression":
    case "ForInStatement":
    case "ForOfStatement":
      return boundNames(nodeIn(node, "left"));
    case "UpdateExpression": {
      const name = identifierName(nodeIn(node, "argument"));
      return name === undefined ? [] : [name];
    }
    default:
      return [];
  }
}

/** Whether a node is a function of any form. */
export function isFunction(node: SyntaxNode): boolean {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}

/** Whether a node is a class of either form. */
export function isClass(node: SyntaxNode): boolean {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}
