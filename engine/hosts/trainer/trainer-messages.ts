import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CrisolError } from "../../../schemas/error.ts";
import { jsonOrUndefined } from "../../../schemas/json-text.ts";
import { TrainerMessage } from "../../../schemas/trainer/messages.ts";

/** A message of one type. */
export type Message<T extends TrainerMessage["type"]> = Extract<TrainerMessage, { type: T }>;

/** The message that ends a trainer's work. */
export type Verdict = Message<"done" | "fail" | "stopped">;

/** What the caller does with messages before the last. A handler may be asynchronous: later messages wait for it. */
export interface MessageHandlers {
  step(message: Message<"step">): void;
  evaluation(message: Message<"eval">): void;
  progress(message: Message<"progress">): void;
  checkpoint(message: Message<"checkpoint">): Promise<void>;
  warn(message: string): void;
}

/**
 * Read a trainer's messages until it closes its end; returns its verdict, or undefined when there was none.
 *
 * @throws CrisolError STAGE_FAILED for a line that is not a message; whatever a handler throws.
 */
export async function readMessages(stream: Readable, handlers: MessageHandlers, module: string): Promise<Verdict | undefined> {
  let verdict: Verdict | undefined;
  for await (const line of createInterface({ input: stream })) {
    const message = parseMessage(line, module);
    switch (message.type) {
      case "step":
        handlers.step(message);
        break;
      case "eval":
        handlers.evaluation(message);
        break;
      case "progress":
        handlers.progress(message);
        break;
      case "checkpoint":
        await handlers.checkpoint(message);
        break;
      case "warn":
        handlers.warn(message.message);
        break;
      case "done":
      case "fail":
      case "stopped":
        verdict = message;
        break;
    }
  }
  return verdict;
}

function parseMessage(line: string, module: string): TrainerMessage {
  const parsed = TrainerMessage.safeParse(jsonOrUndefined(line));
  if (parsed.success) return parsed.data;
  throw new CrisolError(
    {
      code: "STAGE_FAILED",
      what: `the trainer sent a line that is not a message: ${line.slice(0, 200)}`,
      where: `${module}, descriptor 3`,
      why: "what it reported about its work is lost",
      fix: "this is a defect of the trainer package: report it, with this line",
    },
    { cause: parsed.error },
  );
}
