import { expect, test } from "vitest";
import { sortImports } from "./import-order.ts";

const used = "console.log(a, b, c, d, e);\n";

test("imports are sorted by module, and what is taken of a module by name", () => {
  const sorted = `import { a, c } from "./x.ts";\nimport * as d from "./y.ts";\nimport e from "./y.ts";\nimport { b } from "node:path";\n${used}`;
  for (const imports of [
    `import { b } from "node:path";\nimport e, * as d from "./y.ts";\nimport { c, a } from "./x.ts";\n`,
    `import { c } from "./x.ts";\nimport * as d from "./y.ts";\nimport { b } from "node:path";\nimport { a } from "./x.ts";\nimport e from "./y.ts";\n`,
    `import {\n  c,\n  a\n} from "./x.ts";\nimport e from "./y.ts";\nimport { b } from "node:path";\nimport * as d from "./y.ts";\n`,
  ]) {
    expect(sortImports(imports + used)).toBe(sorted);
  }
});

test("nothing moves past an import that is there for what it does", () => {
  const code = `import { b } from "./z.ts";\nimport "./setup.ts";\nimport { a } from "./a.ts";\n${used}`;
  expect(sortImports(code)).toBe(code);
});

test("a name that nothing uses is left out, its module is not", () => {
  const code = `import { x } from "./setup.ts";\nimport { b as f, a } from "./a.ts";\n${used}`;
  expect(sortImports(code)).toBe(`import { a } from "./a.ts";\nimport "./setup.ts";\n${used}`);
});

test("attributes, names of their own and exports of everything are kept", () => {
  const code = `import { z as a } from "./z.ts";\nexport * from "./r.ts";\nimport b from "./b.json" with { type: "json" };\n${used}`;
  expect(sortImports(code)).toBe(
    `import b from "./b.json" with { type: "json" };\nexport * from "./r.ts";\nimport { z as a } from "./z.ts";\n${used}`,
  );
});

test("what stands below the first other statement stays as it is", () => {
  const code = `const text = 1;\nimport { b } from "./b.ts";\nimport { a } from "./a.ts";\n${used}`;
  expect(sortImports(code)).toBe(code);
});
