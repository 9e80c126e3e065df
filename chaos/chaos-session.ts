import type { EngineSession } from "../engine/session.ts";
import type { JsonObject } from "../schemas/json.ts";
import type { Plan } from "../schemas/plan.ts";

/** How a pipeline is bound: parameters from the command line over given ones, and whether changed sources are accepted. */
export interface Binding {
  readonly set: readonly string[];
  readonly params?: JsonObject;
  readonly relock?: boolean;
}

/** What chaos works with: a session, and how a pipeline's file becomes a plan in it. */
export interface ChaosSession extends EngineSession {
  readonly preparePlan: (session: EngineSession, file: string, binding: Binding) => Promise<{ readonly plan: Plan; readonly file: string }>;
}
