/** Every command with its options; what they do is loaded when they run, so that `crisol --help` answers at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { crisolFolder } from "../planner/folders.ts";
import { sessionOf } from "./session.ts";

const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
const setOption = () =>
  new Option("--set <name=value>", "bind a parameter of the pipeline (JSON or text; a.b=1 for a member); give it once for each")
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
      "\nExit codes: 0 done; 1 the run failed, is blocked or was rejected; 2 the command or the pipeline is wrong;\n3 the environment is (crisol doctor says how to mend it); 130 interrupted.",
    );
  const add = (nameAndArgs: string, description: string) =>
    program
      .command(nameAndArgs)
      .description(description)
      .option("--home <dir>", "folder of store, server and logs (default: $CRISOL_HOME, else .crisol)")
      .option("--json", "print JSON")
      .option("--debug", "show stacks of errors");
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
  add("plan <pipeline>", "tell what is cached and what would run, and why")
    .addOption(setOption())
    .option(
      "--diff <run>",
      "compare with a run's plan: what differs from what it computed (a run's id, its beginning, or a pipeline's latest)",
    )
    .action(async (file, options, command) => (await import("./commands/plan-command.ts")).planCommand(sessionOf(command), file, options));
  add("explain <pipeline>", "print the graph of a pipeline")
    .addOption(setOption())
    .option("--mermaid", "as a Mermaid diagram")
    .action(async (file, options, command) =>
      (await import("./commands/plan-command.ts")).explainCommand(sessionOf(command), file, options),
    );
  add("run <pipeline>", "run a pipeline to its end; what is done is skipped")
    .addOption(setOption())
    .option("--relock", "accept raw files that differ from crisol.lock.json, and pin them anew")
    .option("--detach", "start it and come back at once")
    .action(async (file, options, command) => (await import("./commands/run.ts")).runCommand(sessionOf(command), file, options));
}

function addRunCommands(add: Add): void {
  add("runs", "list the runs of this home").action(async (_, command) =>
    (await import("./commands/runs.ts")).runsCommand(sessionOf(command)),
  );
  add("status [run]", "how a run stands (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/status.ts")).statusCommand(sessionOf(command), run),
  );
  add("watch [run]", "follow a run until it ends (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/watch.ts")).watchCommand(sessionOf(command), run),
  );
  add("logs [run] [stage]", "what the stages of a run said (default: the latest run)")
    .option("-f, --follow", "go on as lines come")
    .addOption(new Option("--level <level>", "the least level shown").choices(["debug", "info", "warn", "error"]).default("debug"))
    .action(async (run, stage, options, command) =>
      (await import("./commands/logs.ts")).logsCommand(sessionOf(command), run, stage, options),
    );
  add("resume [run]", "go on with a run that is blocked, paused or cancelled, or whose processes died (default: the latest)")
    .addOption(setOption())
    .addOption(new Option("--from <stage>", "run this stage and all that follow from it again").conflicts("retry"))
    .addOption(new Option("--retry", "try again as it was, without compiling the pipeline again").conflicts(["set", "relock"]))
    .option("--relock", "accept raw files that differ from crisol.lock.json, and pin them anew")
    .option("--detach", "let it go on and come back at once")
    .action(async (run, options, command) => (await import("./commands/resume.ts")).resumeCommand(sessionOf(command), run, options));
  add("pause [run]", "let a run rest until it is resumed; training leaves a checkpoint (default: the latest)")
    .option("--after-stages", "let the stages at work end first")
    .action(async (run, options, command) => (await import("./commands/pause.ts")).pauseCommand(sessionOf(command), run, options));
  add("cancel [run]", "stop a run; training leaves a checkpoint (default: the latest)").action(async (run, _, command) =>
    (await import("./commands/cancel.ts")).cancelCommand(sessionOf(command), run),
  );
}

function addArtifactCommands(add: Add): void {
  add(
    "artifacts <action> [artifact] [folder]",
    "list | show | path | export | verify; an artifact is a digest's beginning, a run, a pipeline, or name/output",
  )
    .option("--file <path>", "one file of the artifact (path)")
    .action(async (action, artifact, folder, options, command) =>
      (await import("./commands/artifact-commands.ts")).artifactsCommand(sessionOf(command), { action, artifact, folder, ...options }),
    );
  add("lineage <artifact>", "everything an artifact was made from").action(async (artifact, _, command) =>
    (await import("./commands/artifact-commands.ts")).lineageCommand(sessionOf(command), artifact),
  );
  add("verify <artifact>", "follow an artifact back to the raw files, offline, and name the first broken link").action(
    async (artifact, _, command) => (await import("./commands/artifact-commands.ts")).verifyCommand(sessionOf(command), artifact),
  );
  add("gc", "free what no run or model needs")
    .option("--dry-run", "tell what would be freed")
    .action(async (options, command) => (await import("./commands/artifact-commands.ts")).gcCommand(sessionOf(command), options));
  add("generate <model>", "write text with an exported model; a model is named like an artifact")
    .option("--prompt <text>", "what the text begins with", "")
    .option("--max-tokens <n>", "tokens to write", wholeNumber, 100)
    .option("--seed <n>", "seed of the sampling: the same text each time", wholeNumber, 0)
    .option("--temperature <t>", "0 takes the likeliest token", number, 0.8)
    .option("--top-k <n>", "sample among the k likeliest", wholeNumber, 40)
    .option("--top-p <p>", "sample among the likeliest that make up p", number)
    .option("--repetition-penalty <r>", "above 1 makes what was written before less likely", number)
    .option("--precision <p>", "int8 or fp32", "int8")
    .action(async (model, options, command) =>
      (await import("./commands/generate-command.ts")).generateCommand(sessionOf(command), model, options),
    );
}

function addServiceCommands(add: Add): void {
  add("up", "start the Temporal server and a worker, and keep them up").action(async (_, command) =>
    (await import("./commands/up.ts")).upCommand(sessionOf(command)),
  );
  add("down", "stop them; running stages save their state first").action(async (_, command) =>
    (await import("./commands/down.ts")).downCommand(sessionOf(command)),
  );
  add("worker", "run a worker in the foreground")
    .option("--address <host:port>", "Temporal server (default: temporal.config.ts, else the home's own)")
    .option("--queues <names>", "cpu, gpu or cpu,gpu (default: temporal.config.ts, else both)", queueNames)
    .option("--check", "start none, but tell whether every open run could go on with this crisol: as `crisol deploy check`")
    .action(async (options, command) =>
      options.check
        ? (await import("./commands/deploy.ts")).deployCommand(sessionOf(command), { action: "check", ...options })
        : (await import("./commands/worker.ts")).workerCommand(sessionOf(command), options),
    );
  add(
    "deploy <action> [version]",
    "check | list | promote: whether open runs could go on with this crisol, and which workers new runs go to",
  )
    .option("--address <host:port>", "Temporal server (default: temporal.config.ts, else the home's own)")
    .action(async (action, version, options, command) =>
      (await import("./commands/deploy.ts")).deployCommand(sessionOf(command), { action, version, ...options }),
    );
  add("chaos <pipeline>", "run a pipeline in temporary homes while its processes are killed at random, and prove that nothing is lost")
    .addOption(setOption())
    .option("--kills <n>", "how many: host, trainer, worker, server, or all at once", atLeastOne, 20)
    .option("--seed <n>", "the same seed draws the same kills (default: drawn, and told)", wholeNumber)
    .action(async (file, options, command) => (await import("./commands/chaos.ts")).chaosCommand(sessionOf(command), file, options));
  add("doctor", "check the environment and say how to mend it").action(async (_, command) =>
    (await import("./commands/doctor.ts")).doctorCommand(sessionOf(command)),
  );
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(crisolFolder, "package.json"), "utf8")) as { version: string };
  return version;
}
