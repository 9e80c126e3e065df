import type { Store } from "../store/store.ts";
import type { Config } from "./connection/settings/define.ts";
import type { Home } from "./home.ts";

/** What runs are started and followed with: the home, the project's folder, its store and settings, and where notes go. */
export interface EngineSession {
  readonly home: Home;
  /** The folder that a pipeline's globs are relative to: the working directory. */
  readonly project: string;
  readonly store: () => Promise<Store>;
  /** The project's `temporal.config.ts`. */
  readonly config: () => Promise<Config>;
  readonly terminal: {
    /** A line about what takes time. */
    note(text: string): void;
  };
}
