/** The JSON Schema files that parameters name: read, checked, and put into the plan. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Graph, GraphNode, SchemaUse } from "../dsl/graph/graph.ts";
import { schemaFileOf } from "../dsl/schema-file.ts";
import { CrisolError } from "../schemas/error.ts";
import type { Issue } from "../schemas/issue.ts";
import type { Json, JsonObject } from "../schemas/json.ts";

/** Bytes that a schema's file may have: it is part of the plan. */
const largestSchema = 262_144;

/** A schema, or the reason why there is none. */
type Read = { readonly schema: JsonObject } | { readonly problem: string; readonly fix: string };

/** What is wrong with the schemas' files: each problem by its place in the file. */
export async function schemaIssues(uses: readonly SchemaUse[], project: string): Promise<Issue[]> {
  const issues = uses.map(async ({ file, path }): Promise<Issue[]> => {
    const read = await readSchema(file, project);
    if ("problem" in read) return [{ code: "schema-unusable", message: `${file} ${read.problem}`, path, fix: read.fix }];
    const { schemaProblems } = await import("../stage-code/record-schema/schema-problems.ts");
    return schemaProblems(read.schema).map(({ place, problem }) => ({
      code: "schema-invalid",
      message: `${file}${place === "" ? "" : `#${place}`}: ${problem}`,
      path,
      fix: "correct it in the file",
    }));
  });
  return (await Promise.all(issues)).flat();
}

/**
 * The graph with the schemas themselves in the place of their files: by their content alone they enter keys, whatever the files' layout and names.
 *
 * @throws CrisolError PIPELINE_INVALID for a schema that `schemaIssues` refuses
 */
export async function withSchemas(graph: Graph, project: string): Promise<Graph> {
  const uses = graph.nodes.flatMap(({ name, params }) =>
    Object.entries(params).flatMap(([parameter, value]) => {
      const file = schemaFileOf(value);
      return file === undefined ? [] : [{ file, path: [name, parameter] }];
    }),
  );
  if (uses.length === 0) return graph;
  const issues = await schemaIssues(uses, project);
  if (issues.length > 0) throw invalidSchemas(issues);
  const bind = async (node: GraphNode) => ({ ...node, params: await paramsWithSchemas(node.params, project) });
  return { ...graph, nodes: await Promise.all(graph.nodes.map(bind)) };
}

/** Parameters with the schemas themselves in the place of their files. */
export async function paramsWithSchemas(params: JsonObject, project: string): Promise<JsonObject> {
  const bound = Object.entries(params).map(async ([name, value]): Promise<[string, Json]> => {
    const file = schemaFileOf(value);
    const read = file === undefined ? undefined : await readSchema(file, project);
    return [name, read !== undefined && "schema" in read ? read.schema : value];
  });
  return Object.fromEntries(await Promise.all(bound));
}

async function readSchema(file: string, project: string): Promise<Read> {
  const path = resolve(project, file);
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > largestSchema) return { problem: `has ${size} bytes, and at most ${largestSchema} are possible`, fix: "make it smaller" };
    text = await readFile(path, "utf8");
  } catch (error) {
    return { problem: `cannot be read: ${(error as Error).message}`, fix: "write it: paths are relative to the project's folder" };
  }
  try {
    const schema: Json = JSON.parse(text);
    if (schema === null || typeof schema !== "object" || Array.isArray(schema))
      return { problem: "is not a JSON object", fix: 'write a schema: { "type": "object", ... }' };
    return { schema };
  } catch (error) {
    return { problem: `is not JSON: ${(error as Error).message}`, fix: "correct it" };
  }
}

function invalidSchemas(issues: readonly Issue[]): CrisolError {
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: issues.map(({ message }) => message).join("\n"),
    where: [...new Set(issues.map(({ path }) => path.join(": ")))].join(", "),
    why: "records cannot be checked by such a schema",
    fix: [...new Set(issues.map(({ fix }) => fix))].join("; "),
  });
}
