import type { StageContext } from "../dsl/context.ts";

/** The context of a stage whose work a command does. */
export interface CommandContext extends StageContext {
  /**
   * Start the stage's command in a folder of its own, with its files.
   *
   * @param folders inputs whose files it gets as folders
   * @throws CrisolError ENVIRONMENT when the program is not found.
   */
  startCommand(folders: readonly string[]): Promise<CommandProcess>;
}

/** A command that was started. */
export interface CommandProcess {
  /** The program and its arguments, for people. */
  readonly title: string;
  /** Lines of its standard output as they come, without line ends; an unfinished last line only if the command succeeded. */
  readonly lines: AsyncIterable<string>;
  /** Write to its standard input, and wait until there is room for more; false once it has stopped reading. */
  write(text: string): Promise<boolean>;
  /** Close its standard input. */
  closeInput(): void;
  /** Resolves when it has succeeded. @throws CrisolError STAGE_FAILED, HOST_CRASHED when it did not, CANCELED when it was stopped. */
  readonly ended: Promise<void>;
  /** Kill it and everything it started. */
  kill(): void;
}
