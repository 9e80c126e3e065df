/** From the JSON Schema of an entry's configuration to the Python module that holds its classes. */
import type { z } from "zod";

type Schema = z.core.JSONSchema.JSONSchema;

/** The longest line that Ruff's formatter leaves as it is. */
const width = 119;

/** What a configuration's schema may use; a rule that is not among these would be lost on the way. */
const translated = [
  ...["$schema", "type", "properties", "required", "additionalProperties", "title", "description", "default", "items"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "enum"],
];

const bounds = { exclusiveMinimum: "gt", minimum: "ge", exclusiveMaximum: "lt", maximum: "le", minItems: "min_length" } as const;

/** The module of an entry: a class for each object of its schema, as `ruff format` would write it. @throws Error for a rule that has no translation. */
export function pythonConfig(entry: string, schema: Schema): string {
  const classes: string[] = [];
  writeClass(schema, classes);
  const text = classes.join("\n\n");
  const fromTyping = ["Annotated", "Literal"].filter((name) => text.includes(`${name}[`)).join(", ");
  const imports = [
    ...(fromTyping === "" ? [] : [`from typing import ${fromTyping}\n`]),
    ...(text.includes("Field(") ? ["from pydantic import Field\n"] : []),
    "from crisol_trainer.runtime.config import Config",
  ];
  return `${head(entry)}\n\n${imports.join("\n")}\n\n\n${text}`;
}

function head(entry: string): string {
  return [
    `"""The configuration of the entry \`${entry}\`. Written by \`npm run generate\`: edit schemas/trainer/.`,
    "",
    "Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.",
    '"""',
  ].join("\n");
}

/** Write the class of an object after those of the objects in it; its name. */
function writeClass(schema: Schema, classes: string[]): string {
  refuseOthers(schema);
  const { title, description, properties = {}, required = [], additionalProperties } = schema;
  if (title === undefined || description === undefined) throw new Error("an object of a configuration needs a title and a description");
  if (additionalProperties !== false) throw new Error(`${title} must be a strict object`);
  const fields = Object.entries(properties).map(([name, member]) => {
    const field = snakeCase(name);
    if (typeof member === "boolean") throw new Error(`${title}.${name} has no type`);
    const type = typeOf(member, classes);
    if (member.default !== undefined) return `    ${field}: ${type} = ${literal(member.default, member)}`;
    return required.includes(name) ? `    ${field}: ${type}` : `    ${field}: ${type} | None = None`;
  });
  const long = fields.find((field) => field.length > width);
  if (long !== undefined) throw new Error(`too long a line for Ruff: ${long}`);
  classes.push(`class ${title}(Config):\n${docstring(description)}\n\n${fields.join("\n")}\n`);
  return title;
}

function typeOf(schema: Schema, classes: string[]): string {
  refuseOthers(schema);
  const rules = Object.entries(bounds).flatMap(([rule, argument]) => {
    const value = schema[rule];
    return value === undefined ? [] : [`${argument}=${value}`];
  });
  const plain = plainType(schema, classes);
  return rules.length === 0 ? plain : `Annotated[${plain}, Field(${rules.join(", ")})]`;
}

function plainType(schema: Schema, classes: string[]): string {
  if (schema.enum !== undefined) return `Literal[${schema.enum.map((value) => literal(value, schema)).join(", ")}]`;
  switch (schema.type) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "integer":
      return "int";
    case "number":
      return "float";
    case "object":
      return writeClass(schema, classes);
    case "array":
      return `tuple[${typeOf(schema.items as Schema, classes)}, ...]`;
    case "null":
    case undefined:
      break;
  }
  throw new Error(`a configuration cannot have a value of type ${schema.type}`);
}

function refuseOthers(schema: Schema): void {
  const other = Object.keys(schema).find((keyword) => !translated.includes(keyword));
  if (other !== undefined) throw new Error(`"${other}" has no translation into Python`);
}

function literal(value: unknown, schema: Schema): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return schema.type === "number" && Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (Array.isArray(value))
    return `(${value.map((item) => literal(item, schema.items as Schema)).join(", ")}${value.length === 1 ? "," : ""})`;
  return JSON.stringify(value);
}

/** The name of a setting in Python: batchSize -> batch_size. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** The description with the names of settings as Python has them: its first sentence, then the rest as a paragraph. */
function docstring(description: string): string {
  const text = description.replaceAll(/`\w+`/g, snakeCase);
  const end = text.indexOf(". ");
  if (end < 0) return `    """${text}${text.endsWith(".") ? "" : "."}"""`;
  const lines: string[] = [];
  for (const word of text.slice(end + 2).split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || 4 + last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return [`    """${text.slice(0, end + 1)}`, "", ...lines.map((line) => `    ${line}`), '    """'].join("\n");
}
