import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { crisolFolder } from "../system/package-folder.ts";

/** How a value violates a published JSON Schema, as a reader outside of crisol finds it with ajv; none if it satisfies it. */
export function violations(name: string, value: unknown): string[] {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, formats: { "date-time": fullFormats["date-time"] } });
  const validate = ajv.compile(JSON.parse(readFileSync(join(crisolFolder, "schemas", "json", `${name}.json`), "utf8")));
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
