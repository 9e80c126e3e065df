import type { DocumentWriter } from "../dsl/context.ts";
import type { CommandPorts } from "../dsl/graph/graph.ts";
import type { Document } from "../schemas/document.ts";
import { digestOf } from "../schemas/hash.ts";
import type { JsonObject } from "../schemas/json.ts";
import type { StageReport } from "../schemas/record.ts";
import { Answers } from "./answers.ts";
import type { CommandContext, CommandProcess } from "./command-context.ts";
import { noCategories, noReport, noSource, unanswered, unasked, unwanted } from "./command-contract.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { mostReasons, Tally } from "./tally.ts";

/** Characters that are gathered before they are written to the command. */
const chunk = 1 << 16;

/**
 * Run a stage's command: give it the documents, take its answers, and count them.
 *
 * Only a few documents are ever in memory: the command is fed no faster than it reads, and its answers are read no faster than they are stored.
 *
 * @throws CrisolError STAGE_FAILED when it breaks its contract or fails, HOST_CRASHED when it was killed, CANCELED when it was stopped.
 */
export async function runCommand(context: CommandContext, ports: CommandPorts): Promise<StageReport> {
  const command = await context.startCommand(ports.folders);
  const feed = new Feed(context, command, ports);
  const take = new Take(context, ports, feed);
  const feeding = feed.run();
  feeding.catch(() => command.kill());
  try {
    let number = 0;
    for await (const line of command.lines) {
      number += 1;
      const where = `stage ${context.node}, line ${number} of what ${command.title} printed`;
      if (line.trim() !== "") await take.line(parseCommandLine(line, where), where);
    }
    await feeding;
    await command.ended;
    return await take.finish(command.title);
  } catch (error) {
    command.kill();
    // an input that could not be read is the first cause: the command was killed because of it
    await feeding;
    throw error;
  } finally {
    await take.close();
  }
}

/** Writes the documents to the command. */
class Feed {
  sent = 0;
  /** Whether it has been given all there are. */
  isDone = false;
  readonly #context: CommandContext;
  readonly #command: CommandProcess;
  readonly #ports: CommandPorts;

  constructor(context: CommandContext, command: CommandProcess, ports: CommandPorts) {
    [this.#context, this.#command, this.#ports] = [context, command, ports];
  }

  async run(): Promise<void> {
    const input = this.#ports.reads === undefined ? undefined : this.#context.inputs[this.#ports.reads];
    let gathered = "";
    const write = async (): Promise<boolean> => {
      const text = gathered;
      gathered = "";
      return text === "" || (await this.#command.write(text));
    };
    for await (const { id, text, source, meta } of input?.documents() ?? []) {
      gathered += `${JSON.stringify({ id, text, source, meta })}\n`;
      this.sent += 1;
      // it has ended, or reads no more: its answers show whether it was allowed to
      if (gathered.length >= chunk && !(await write())) return;
    }
    this.isDone = await write();
    this.#command.closeInput();
  }
}

/** Handles the lines that the command prints. */
class Take {
  readonly #context: CommandContext;
  readonly #ports: CommandPorts;
  readonly #feed: Feed;
  readonly #answers: Answers | undefined;
  readonly #writer: DocumentWriter | undefined;
  readonly #total: number | undefined;
  readonly #tally = new Tally();
  #report: JsonObject | undefined;
  #reportsProgress = false;

  constructor(context: CommandContext, ports: CommandPorts, feed: Feed) {
    [this.#context, this.#ports, this.#feed] = [context, ports, feed];
    const input = ports.reads === undefined ? undefined : context.inputs[ports.reads];
    this.#total = input?.manifest.counts.documents;
    this.#writer = ports.documents === undefined ? undefined : context.outputs[ports.documents]?.documents();
    this.#answers = input === undefined || this.#writer === undefined ? undefined : new Answers(input.documents(), () => feed.sent);
  }

  async line(line: CommandLine, where: string): Promise<void> {
    switch (line.type) {
      case "document":
        return this.#document(line, where);
      case "drop":
        return this.#drop(line, where);
      case "progress":
        this.#reportsProgress = true;
        return this.#context.progress(line.progress);
      case "log":
        return this.#context.log(line.level, line.message);
      case "report":
        if (this.#ports.report === undefined) throw unwanted("a report", where, 'declare an output for it: report: output("report")');
        this.#report = line.report;
    }
  }

  /** Write what is left, and check that nothing is missing. */
  async finish(title: string): Promise<StageReport> {
    const { node, outputs } = this.#context;
    const missing = await this.#answers?.unanswered();
    if (missing !== undefined) throw unanswered(missing, this.#tally.in, `stage ${node}: ${title}`);
    await this.#writer?.close();
    if (this.#ports.report !== undefined) {
      if (this.#report === undefined) throw noReport(`stage ${node}: ${title}`);
      await outputs[this.#ports.report]?.write("report.json", JSON.stringify(this.#report));
    }
    if (this.#answers !== undefined) return this.#tally.report();
    if (this.#writer !== undefined) return { out: this.#tally.out };
    return this.#feed.isDone ? { in: this.#feed.sent } : {};
  }

  async close(): Promise<void> {
    await this.#answers?.close();
  }

  async #document({ id, text, source, meta }: Extract<CommandLine, { type: "document" }>, where: string): Promise<void> {
    if (this.#writer === undefined) throw unwanted("a document", where, 'declare an output for them: documents: output("documents")');
    const asked = await this.#asked(id, where);
    await this.#writer.write(asked === undefined ? newDocument({ text, source, meta }, where) : answered(asked, { text, source, meta }));
    this.#tally.out += 1;
  }

  async #drop({ id, reason }: Extract<CommandLine, { type: "drop" }>, where: string): Promise<void> {
    if (this.#answers === undefined) throw unwanted("a drop", where, "drop only in a stage that reads and writes documents");
    const asked = await this.#asked(id, where);
    this.#tally.drop(reason, asked?.source ?? "", asked?.text ?? "");
    if (Object.keys(this.#tally.dropped).length > mostReasons) throw noCategories(mostReasons, where);
  }

  /** The document that a line answers; undefined for a command that has no documents to answer and prints its own. */
  async #asked(id: string | undefined, where: string): Promise<Document | undefined> {
    this.#tally.in += 1;
    if (!this.#reportsProgress) this.#context.progress({ done: this.#tally.in, total: this.#total, unit: "documents" });
    if (this.#answers === undefined) return undefined;
    const asked = await this.#answers.take(id);
    if (asked === undefined) throw unasked(id, this.#feed.sent, where);
    return asked;
  }
}

type Changes = { readonly text: string; readonly source: string | undefined; readonly meta: JsonObject | undefined };

function answered({ id, source, meta }: Document, changes: Changes): Document {
  return { id, text: changes.text, source: changes.source ?? source, meta: changes.meta ?? meta };
}

function newDocument({ text, source, meta = {} }: Changes, where: string): Document {
  if (source !== undefined) return { id: digestOf(`${source}\n${text}`).slice(0, 32), text, source, meta };
  throw noSource(where);
}
