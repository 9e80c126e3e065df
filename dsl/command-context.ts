import type { StageContext } from "./context.ts";

/** The context of a stage that is a command: it can start it. */
export interface CommandContext extends StageContext {
  /**
   * Start the stage's command in a folder of its own, with its files.
   *
   * @param folders inputs whose files it gets laid into folders
   * @throws CrisolError ENVIRONMENT when there is no such program.
   */
  startCommand(folders: readonly string[]): Promise<CommandProcess>;
}

/** A command that was started. */
export interface CommandProcess {
  /** The program and its arguments, for people. */
  readonly title: string;
  /** Lines of its standard output, as they come, each without its end; an unfinished last line only if the command ended well. */
  readonly lines: AsyncIterable<string>;
  /** Write to its standard input, and wait until there is room for more; false when it reads no more. */
  write(text: string): Promise<boolean>;
  /** Close its standard input. */
  closeInput(): void;
  /** Resolves when it has ended well. @throws CrisolError STAGE_FAILED, HOST_CRASHED when it did not, CANCELED when it was stopped. */
  readonly ended: Promise<void>;
  /** Kill it, with everything it started. */
  kill(): void;
}
