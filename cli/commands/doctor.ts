import { bold, dim, red } from "../../system/text/styles.ts";
import { diagnose } from "../doctor/diagnose.ts";
import type { Session } from "../session.ts";

/** `crisol doctor`: what crisol needs, whether it is there, and how to fix what is not. Exits with 3 if something must be fixed. */
export async function doctorCommand({ home, project, terminal }: Session): Promise<void> {
  const checks = await diagnose(home, project);
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, ok, detail, fix } of checks) {
    terminal.line(`${ok ? "ok  " : red("FAIL")}  ${bold(name.padEnd(width))}  ${detail}`);
    if (!ok) terminal.line(`      ${" ".repeat(width)}  ${dim("fix")} ${fix}`);
  }
  const ok = checks.every((check) => check.ok);
  terminal.value({ ok, checks });
  process.exitCode = ok ? 0 : 3;
}
