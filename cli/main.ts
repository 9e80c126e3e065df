/** The `crisol` command: the composition root. */
import { CommanderError } from "commander";
import { CrisolError, ErrorCodes, errorData, isCrisolError } from "../schemas/error.ts";
import { renderError } from "../system/text/error-text.ts";
import { buildProgram } from "./program.ts";

const argv = process.argv.slice(2);
const json = argv.includes("--json");

// `crisol artifacts list | head` closes the pipe: that is not an error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await buildProgram().parseAsync(argv, { from: "user" });
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : reportUsage(error);
  if (isCrisolError(error)) {
    if (json) process.stdout.write(`${JSON.stringify({ type: "error", ...errorData(error.parts) })}\n`);
    else process.stderr.write(`${renderError(error.parts)}\n`);
    if (argv.includes("--debug")) process.stderr.write(`${error.stack}\n`);
    return ErrorCodes[error.parts.code].exit;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (json) process.stdout.write(`${JSON.stringify({ type: "error", code: "DEFECT", what: String(error) })}\n`);
  process.stderr.write(`crisol hit an unexpected error: this is a bug in crisol.\n${stack}\n`);
  return 1;
}

function reportUsage({ message, code }: CommanderError): number {
  // commander has already printed the help of a command without arguments
  if (code === "commander.help") return 2;
  return report(
    new CrisolError({
      code: "COMMAND_INVALID",
      what: message.replace(/^error: /, "").replaceAll("\n", " "),
      where: `crisol ${argv.join(" ")}`,
      why: "nothing was done",
      fix: "`crisol --help` lists the commands, `crisol COMMAND --help` the options of one",
    }),
  );
}
