import { CrisolError } from "../../../schemas/error.ts";
import { StageReport } from "../../../schemas/record.ts";

/** The longest report, in bytes of JSON. Reports are read for every plan, so anything long belongs in an output. */
const REPORT_LIMIT_BYTES = 1 << 20;

/**
 * What a stage returned, as its report; undefined counts as an empty one.
 *
 * @param where the stage, for the error
 * @throws CrisolError STAGE_FAILED when it is not a report, with each field that is wrong
 */
export function checkedReport(returned: unknown, where: string): StageReport {
  const { data, error } = StageReport.safeParse(returned ?? {});
  if (error !== undefined) {
    const wrong = error.issues.map(({ path, message }) => `${["report", ...path].join(".")}: ${message}`);
    throw unusable(
      `what the stage returned is not a report: ${wrong.join("; ")}`,
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
  return new CrisolError({
    code: "STAGE_FAILED",
    what,
    where,
    why: "the report is kept in the stage's record, which is read for every plan",
    fix,
  });
}
