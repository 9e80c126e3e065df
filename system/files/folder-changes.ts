import { type FSWatcher, watch } from "node:fs";

/** Notices when something in a folder changes, as far as the system reports it: a network file system may report nothing. */
export class FolderChanges {
  readonly #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(folder: string) {
    this.#watcher = watcherOf(folder, () => {
      this.#changed = true;
      this.#wake?.();
    });
  }

  /** Wait until something has changed since the last wait ended, at most `limitMs` milliseconds, or until the signal aborts. */
  async next(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      const timer = setTimeout(woken.resolve, limitMs);
      signal.addEventListener("abort", this.#wake, { once: true });
      await woken.promise;
      signal.removeEventListener("abort", this.#wake);
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
  }
}

/** A watcher, or undefined when the system has none left. */
function watcherOf(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    return watch(folder, changed).on("error", () => undefined);
  } catch {
    return undefined;
  }
}
