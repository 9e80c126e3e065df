import { CrisolError } from "../schemas/error.ts";
import { StageReport } from "../schemas/record.ts";

/** Reports are read whenever something is planned; anything long belongs in an output. Bytes of JSON. */
const REPORT_LIMIT_BYTES = 1 << 20;

/**
 * What a stage returned, as its report; nothing stands for an empty one.
 *
 * @param where the stage, for the error
 * @throws CrisolError STAGE_FAILED when it is none, with each field that is wrong
 */
export function checkedReport(returned: unknown, where: string): StageReport {
  const { data, error } = StageReport.safeParse(returned ?? {});
  if (error !== undefined) {
    const wrong = error.issues.map(({ path, message }) => `${["report", ...path].join(".")}: ${message}`);
    throw unusable(
      `what the stage returned is no report: ${wrong.join("; ")}`,
      where,
      "return { in, out, dropped, examples, metrics, warnings }, each optional: counts are whole numbers, metrics are JSON",
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes <= REPORT_LIMIT_BYTES) return data;
  throw unusable(
    `the stage's report has ${bytes} bytes of JSON, more than ${REPORT_LIMIT_BYTES}`,
    where,
    "keep counts, figures and a few examples in the report, and write the rest to an output",
  );
}

function unusable(what: string, where: string, fix: string): CrisolError {
  return new CrisolError({ code: "STAGE_FAILED", what, where, why: "a record holds the report, and plans are made from records", fix });
}
