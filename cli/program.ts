/** Every command with its options; the commands' code is loaded when they run, so that `crisol --help` answers at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { crisolFolder } from "../system/package-folder.ts";
import { sessionOf } from "./session.ts";

const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
const setOption = () =>
  new Option("--set <name=value>", "set a parameter of the pipeline (JSON or text; a.b=1 sets a member); repeat it to set several")
    .argParser(collect)
    .default([], "none");

const wholeNumber = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
};
const atLeastOne = (text: string) => {
  if (wholeNumber(text) < 1) throw new InvalidArgumentError("expected 1 or more");
  return Number(text);
};
const number = (text: string) => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number");
  return value;
};

const queueNames = (text: string) => {
  const names = text.split(",").map((name) => name.trim());
  if (!names.every((name) => name === "cpu" || name === "gpu")) throw new InvalidArgumentError("expected cpu, gpu or cpu,gpu");
  return names;
};

/** The whole command line, ready to parse. */
export function buildProgram(): Command {
  const program = new Command("crisol");
  program
    .description("Build your own language model, durably: typed pipelines from raw text to a quantized model.")
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nExit codes: 0 done; 1 the run failed, is blocked or was rejected; 2 the command or the pipeline is wrong;\n3 the environment is wrong (crisol doctor says how to fix it); 130 interrupted.",
    );
  const add = (nameAndArgs: string, description: string) =>
    program
      .command(nameAndArgs)
      .description(description)
      .option("--home <dir>", "folder for the store, the server and the logs (default: $CRISOL_HOME, else .crisol)")
      .option("--json", "print JSON")
      .option("--debug", "show stack traces of errors");
  addPipelineCommands(add);
  addRunCommands(add);
  addArtifactCommands(add);
  addServiceCommands(add);
  return program;
}

type Add = (nameAndArgs: string, description: string) => Command;

function addPipelineCommands(add: Add): void {
  add("check <pipeline>", "type-check a pipeline and list everything that is wrong with it")
    .addOption(setOption())
    .action(async (file, { set }, command) => (await import("./commands/check.ts")).checkCommand(sessionOf(command), file, set));
  add("plan <pipeline>", "show what is cached, what would run, and why")
    .addOption(setOption())
    .option("--diff <run>", "show what differs from an earlier run (its id or the start of one, or a pipeline for its latest run)")
    .action(async (file, options, command) => (await import("./commands/plan.ts")).planCommand(sessionOf(command), file, options));
  add("explain <pipeline>", "print the graph of a pipeline")
    .addOption(setOption())
    .option("--mermaid", "as a Mermaid diagram")
    .action(async (file, options, command) => (await import("./commands/plan.ts")).explainCommand(sessionOf(command), file, options));
  add("run <pipeline>", "run a pipeline to completion; finished work is skipped")
    .addOption(setOption())
    .option("--relock", "accept raw files that differ from crisol.lock.json, and update their pins")
    .option("--detach", "start the run and return at once")
    .action(async (file, options, command) => (await import("./commands/run/run.ts")).runCommand(sessionOf(command), file, options));
}

function addRunCommands(add: Add): void {
  add("runs", "list the runs of this home").action(async (_, command) =>
    (await import("./commands/run/runs.ts")).runsCommand(sessionOf(command)),
  );
  add("status [run]", "show the state of a run (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/run/status.ts")).statusCommand(sessionOf(command), run),
  );
  add("watch [run]", "follow a run until it ends (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/run/watch.ts")).watchCommand(sessionOf(command), run),
  );
  add("logs [run] [stage]", "show the logs of a run's stages (default: the latest run)")
    .option("-f, --follow", "print new lines as they come")
    .addOption(new Option("--level <level>", "lowest level to show").choices(["debug", "info", "warn", "error"]).default("debug"))
    .action(async (run, stage, options, command) =>
      (await import("./commands/run/logs.ts")).logsCommand(sessionOf(command), run, stage, options),
    );
  add("resume [run]", "continue a run that is blocked, paused or cancelled, or whose processes died (default: the latest)")
    .addOption(setOption())
    .addOption(new Option("--from <stage>", "rerun this stage and every stage that depends on it").conflicts("retry"))
    .addOption(new Option("--retry", "retry with the same plan, without recompiling the pipeline").conflicts(["set", "relock"]))
    .option("--relock", "accept raw files that differ from crisol.lock.json, and update their pins")
    .option("--detach", "resume the run and return at once")
    .action(async (run, options, command) => (await import("./commands/run/resume.ts")).resumeCommand(sessionOf(command), run, options));
  add("pause [run]", "pause a run until it is resumed; training saves a checkpoint (default: the latest)")
    .option("--after-stages", "let running stages finish first")
    .action(async (run, options, command) => (await import("./commands/run/pause.ts")).pauseCommand(sessionOf(command), run, options));
  add("cancel [run]", "stop a run; training saves a checkpoint (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/run/cancel.ts")).cancelCommand(sessionOf(command), run),
  );
}

function addArtifactCommands(add: Add): void {
  add(
    "artifacts <action> [artifact] [folder]",
    "list | show | path | export | verify; an artifact is named by the start of its digest, a run, a pipeline, or NAME/OUTPUT",
  )
    .option("--file <path>", "one file of the artifact (for path)")
    .action(async (action, artifact, folder, options, command) =>
      (await import("./commands/artifacts.ts")).artifactsCommand(sessionOf(command), { action, artifact, folder, ...options }),
    );
  add("lineage <artifact>", "show everything an artifact was made from").action(async (artifact, _, command) =>
    (await import("./commands/artifacts.ts")).lineageCommand(sessionOf(command), artifact),
  );
  add("verify <artifact>", "check the chain from an artifact back to its raw files, offline, and report the first broken link").action(
    async (artifact, _, command) => (await import("./commands/artifacts.ts")).verifyCommand(sessionOf(command), artifact),
  );
  add("gc", "delete what no run or model needs")
    .option("--dry-run", "show what would be deleted")
    .action(async (options, command) => (await import("./commands/artifacts.ts")).gcCommand(sessionOf(command), options));
  add("generate <model>", "generate text with an exported model, which is named like any artifact")
    .option("--prompt <text>", "text to continue", "")
    .option("--max-tokens <n>", "tokens to generate at most", wholeNumber, 100)
    .option("--seed <n>", "sampling seed; the same seed gives the same text", wholeNumber, 0)
    .option("--temperature <t>", "sampling temperature; 0 always takes the likeliest token", number, 0.8)
    .option("--top-k <n>", "sample from the k likeliest tokens", wholeNumber, 40)
    .option("--top-p <p>", "sample from the likeliest tokens that together have probability p", number)
    .option("--repetition-penalty <r>", "above 1 makes tokens already in the text less likely", number)
    .option("--precision <p>", "int8 or fp32", "int8")
    .action(async (model, options, command) =>
      (await import("./commands/generate.ts")).generateCommand(sessionOf(command), model, options),
    );
}

function addServiceCommands(add: Add): void {
  add("up", "start the Temporal server and a worker, and keep them up").action(async (_, command) =>
    (await import("./commands/up.ts")).upCommand(sessionOf(command)),
  );
  add("down", "stop the server and the worker; running stages save their state first").action(async (_, command) =>
    (await import("./commands/down.ts")).downCommand(sessionOf(command)),
  );
  add("worker", "run a worker in the foreground")
    .option("--address <host:port>", "Temporal server (default: temporal.config.ts, else the home's own)")
    .option("--queues <names>", "cpu, gpu or cpu,gpu (default: temporal.config.ts, else both)", queueNames)
    .option("--check", "start no worker, but check whether every open run could continue with this crisol, like `crisol deploy check`")
    .action(async (options, command) =>
      options.check
        ? (await import("./commands/deploy.ts")).deployCommand(sessionOf(command), { action: "check", ...options })
        : (await import("./commands/worker.ts")).workerCommand(sessionOf(command), options),
    );
  add(
    "deploy <action> [version]",
    "check | list | promote: whether open runs could continue with this crisol, and which workers new runs go to",
  )
    .option("--address <host:port>", "Temporal server (default: temporal.config.ts, else the home's own)")
    .action(async (action, version, options, command) =>
      (await import("./commands/deploy.ts")).deployCommand(sessionOf(command), { action, version, ...options }),
    );
  add("chaos <pipeline>", "run a pipeline in temporary homes while its processes are killed at random, and prove that nothing is lost")
    .addOption(setOption())
    .option("--kills <n>", "number of kills: of the host, trainer, worker or server, or of all at once", atLeastOne, 20)
    .option("--seed <n>", "the same seed draws the same kills (default: random, and printed)", wholeNumber)
    .action(async (file, options, command) => (await import("./commands/chaos.ts")).chaosCommand(sessionOf(command), file, options));
  add("doctor", "check the environment and say how to fix it").action(async (_, command) =>
    (await import("./commands/doctor.ts")).doctorCommand(sessionOf(command)),
  );
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(crisolFolder, "package.json"), "utf8")) as { version: string };
  return version;
}
