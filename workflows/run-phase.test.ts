import { describe, expect, it } from "vitest";
import { digestOf } from "../schemas/digest.ts";
import type { Amendment, StageError } from "./protocol.ts";
import { firstPhase, type RunEvent, type RunPhase, type Standing, stopsStages, transition } from "./run-phase.ts";

const amendment: Amendment = {
  digest: digestOf("another plan"),
  plan: { version: 1, pipeline: "p", params: {}, sources: {}, nodes: [], outputs: {} },
};
const error: StageError = { code: "RECORD_DAMAGED", what: "it is gone", where: "there", why: "so", fix: "repair" };

/** A row of a table: its first cell, and those of its columns by their names. */
function rowsOf(table: string): { readonly first: string; readonly cells: readonly (readonly [column: string, cell: string])[] }[] {
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.map(([first = "", ...cells]) => ({ first, cells: cells.map((cell, index) => [head[index + 1] ?? "", cell]) }));
}

/** A phase by its name, why it rests or how it ends, and what was asked of it: +p to pause, +r to resume, +a to resume with another plan. */
function phaseOf(text: string): RunPhase {
  const [name = "", detail = ""] = text.replace(/ ?\+.*/, "").split(" ");
  const pause = text.includes("+p");
  const resume = text.includes("+r") ? { resume: {} } : text.includes("+a") ? { resume: { plan: amendment } } : {};
  const asked = { pause, ...resume };
  switch (name) {
    case "beginning":
      return { name, continued: false, asked };
    case "amending":
      return { name, amendment, asked };
    case "retrying":
      return { name, asked };
    case "running":
    case "draining":
    case "cancelling":
      return { name };
    case "pausing":
      return { name, ...resume };
    case "halting":
    case "resting": {
      if (detail === "paused" || detail === "blocked") return { name, rest: { why: detail }, ...resume };
      return { name, rest: { why: "unreadable", error }, ...resume };
    }
    case "continuing":
      return { name, isPaused: detail === "paused" };
    case "ending":
    case "ended":
      if (detail === "completed" || detail === "failed" || detail === "canceled") return { name, status: detail };
  }
  throw new RangeError(`no phase '${text}'`);
}

const ready: Standing = { work: "ready", history: "short" };

function workOf(column: string): Standing["work"] {
  const works = ["under way", "ready", "blocked", "completed", "failed"] as const;
  const found = works.find((work) => work === column);
  if (found === undefined) throw new RangeError(`no work '${column}'`);
  return found;
}

function eventsOf(column: string): readonly RunEvent[] {
  switch (column) {
    case "resume":
      return [{ type: column, request: {} }];
    case "amended":
      return [{ type: "resume", request: { plan: amendment } }];
    case "pause":
      return [
        { type: column, request: { when: "now" } },
        { type: column, request: { when: "after-stages" } },
      ];
    case "begun":
    case "reported":
    case "changed":
      return [{ type: column, standing: ready }];
    case "unreadable":
      return [{ type: column, error }];
    case "cancelled":
    case "settled":
      return [{ type: column }];
  }
  throw new RangeError(`no event '${column}'`);
}

/** The phase that follows: "=" the same, "x" none, for the event can't happen there. Something can run, and the history is short. */
const transitions = `
phase                 | resume                | amended               | pause              | begun             | unreadable            | reported              | changed           | cancelled  | settled
beginning             | beginning +r          | beginning +a          | beginning +p       | running           | halting unreadable    | x                     | x                 | cancelling | x
beginning +r          | =                     | beginning +a          | beginning +p       | running           | halting unreadable +r | x                     | x                 | cancelling | x
beginning +a          | beginning +r          | =                     | beginning +p       | running           | halting unreadable +a | x                     | x                 | cancelling | x
beginning +p          | beginning +p+r        | beginning +p+a        | =                  | halting paused    | halting unreadable    | x                     | x                 | cancelling | x
beginning +p+r        | =                     | beginning +p+a        | beginning +p       | running           | halting unreadable +r | x                     | x                 | cancelling | x
beginning +p+a        | beginning +p+r        | =                     | beginning +p       | resting paused +a | halting unreadable +a | x                     | x                 | cancelling | x
amending              | amending +r           | amending +a           | amending +p        | running           | halting unreadable    | x                     | x                 | cancelling | x
amending +r           | =                     | amending +a           | amending +p        | running           | halting unreadable +r | x                     | x                 | cancelling | x
amending +a           | amending +r           | =                     | amending +p        | running           | halting unreadable +a | x                     | x                 | cancelling | x
amending +p           | amending +p+r         | amending +p+a         | =                  | halting paused    | halting unreadable    | x                     | x                 | cancelling | x
amending +p+r         | =                     | amending +p+a         | amending +p        | running           | halting unreadable +r | x                     | x                 | cancelling | x
amending +p+a         | amending +p+r         | =                     | amending +p        | resting paused +a | halting unreadable +a | x                     | x                 | cancelling | x
retrying              | retrying +r           | retrying +a           | retrying +p        | x                 | x                     | running               | x                 | cancelling | x
retrying +r           | =                     | retrying +a           | retrying +p        | x                 | x                     | running               | x                 | cancelling | x
retrying +a           | retrying +r           | =                     | retrying +p        | x                 | x                     | running               | x                 | cancelling | x
retrying +p           | retrying +p+r         | retrying +p+a         | =                  | x                 | x                     | halting paused        | x                 | cancelling | x
retrying +p+r         | =                     | retrying +p+a         | retrying +p        | x                 | x                     | running               | x                 | cancelling | x
retrying +p+a         | retrying +p+r         | =                     | retrying +p        | x                 | x                     | resting paused +a     | x                 | cancelling | x
running               | =                     | =                     | pausing            | x                 | x                     | x                     | running           | cancelling | x
draining              | =                     | =                     | pausing            | x                 | x                     | x                     | running           | cancelling | x
pausing               | pausing +r            | pausing +a            | =                  | x                 | x                     | x                     | halting paused    | cancelling | x
pausing +r            | =                     | pausing +a            | pausing            | x                 | x                     | x                     | running           | cancelling | x
pausing +a            | pausing +r            | =                     | pausing            | x                 | x                     | x                     | resting paused +a | cancelling | x
halting paused        | halting paused +r     | halting paused +a     | =                  | x                 | x                     | resting paused        | x                 | cancelling | x
halting paused +r     | =                     | halting paused +a     | halting paused     | x                 | x                     | resting paused +r     | x                 | cancelling | x
halting paused +a     | halting paused +r     | =                     | halting paused     | x                 | x                     | resting paused +a     | x                 | cancelling | x
halting blocked       | halting blocked +r    | halting blocked +a    | =                  | x                 | x                     | resting blocked       | x                 | cancelling | x
halting blocked +r    | =                     | halting blocked +a    | halting blocked    | x                 | x                     | resting blocked +r    | x                 | cancelling | x
halting blocked +a    | halting blocked +r    | =                     | halting blocked    | x                 | x                     | resting blocked +a    | x                 | cancelling | x
halting unreadable    | halting unreadable +r | halting unreadable +a | =                  | x                 | x                     | resting unreadable    | x                 | cancelling | x
halting unreadable +r | =                     | halting unreadable +a | halting unreadable | x                 | x                     | resting unreadable +r | x                 | cancelling | x
halting unreadable +a | halting unreadable +r | =                     | halting unreadable | x                 | x                     | resting unreadable +a | x                 | cancelling | x
resting paused        | resting paused +r     | resting paused +a     | =                  | x                 | x                     | x                     | =                 | cancelling | x
resting paused +r     | =                     | resting paused +a     | resting paused     | x                 | x                     | x                     | retrying          | cancelling | x
resting paused +a     | resting paused +r     | =                     | resting paused     | x                 | x                     | x                     | amending          | cancelling | x
resting blocked       | resting blocked +r    | resting blocked +a    | =                  | x                 | x                     | x                     | =                 | cancelling | x
resting blocked +r    | =                     | resting blocked +a    | resting blocked    | x                 | x                     | x                     | retrying          | cancelling | x
resting blocked +a    | resting blocked +r    | =                     | resting blocked    | x                 | x                     | x                     | amending          | cancelling | x
resting unreadable    | resting unreadable +r | resting unreadable +a | =                  | x                 | x                     | x                     | =                 | cancelling | x
resting unreadable +r | =                     | resting unreadable +a | resting unreadable | x                 | x                     | x                     | beginning         | cancelling | x
resting unreadable +a | resting unreadable +r | =                     | resting unreadable | x                 | x                     | x                     | amending          | cancelling | x
continuing            | =                     | =                     | =                  | x                 | x                     | x                     | x                 | cancelling | x
continuing paused     | =                     | =                     | =                  | x                 | x                     | x                     | x                 | cancelling | x
cancelling            | =                     | =                     | =                  | x                 | x                     | x                     | x                 | =          | ending canceled
ending completed      | =                     | =                     | =                  | x                 | x                     | ended completed       | x                 | cancelling | x
ending failed         | =                     | =                     | =                  | x                 | x                     | ended failed          | x                 | cancelling | x
ending canceled       | =                     | =                     | =                  | x                 | x                     | ended canceled        | x                 | cancelling | x
ended completed       | =                     | =                     | =                  | x                 | x                     | x                     | x                 | =          | x
ended failed          | =                     | =                     | =                  | x                 | x                     | x                     | x                 | =          | x
ended canceled        | =                     | =                     | =                  | x                 | x                     | x                     | x                 | =          | x
`;

/** Where a run that is at work goes from how it stands, in a short, a long and an overlong history. */
const looks = `
phase      | under way                  | ready                                                | blocked           | completed        | failed
running    | running, running, draining | running, continuing, continuing                      | halting blocked   | ending completed | ending failed
draining   | running, running, draining | running, continuing, continuing                      | halting blocked   | ending completed | ending failed
pausing    | pausing                    | halting paused, continuing paused, continuing paused | halting paused    | ending completed | ending failed
pausing +r | running, running, draining | running, continuing, continuing                      | halting blocked   | ending completed | ending failed
pausing +a | pausing +a                 | resting paused +a                                    | resting paused +a | ending completed | ending failed
`;

describe.each(rowsOf(transitions))("a run that is $first", ({ first, cells }) => {
  it.each(cells)("takes '%s' as the table says: %s", (column, cell) => {
    for (const event of eventsOf(column)) {
      const next = () => transition(phaseOf(first), event);
      if (cell === "x") expect(next).toThrow(RangeError);
      else expect(next()).toEqual(phaseOf(cell === "=" ? first : cell));
    }
  });
});

describe.each(rowsOf(looks))("a run that is $first and looks at itself", ({ first, cells }) => {
  it.each(cells)("finds its work '%s', and is then %s", (column, cell) => {
    const expected = cell.split(", ");
    for (const [index, history] of (["short", "long", "overlong"] as const).entries()) {
      const standing = { work: workOf(column), history };
      expect(transition(phaseOf(first), { type: "changed", standing })).toEqual(phaseOf(expected[index] ?? cell));
    }
  });
});

it("has a row for every phase, and a column for every event", () => {
  const phases: Record<RunPhase["name"], true> = {
    beginning: true,
    amending: true,
    retrying: true,
    running: true,
    draining: true,
    pausing: true,
    halting: true,
    resting: true,
    continuing: true,
    cancelling: true,
    ending: true,
    ended: true,
  };
  const events: Record<RunEvent["type"], true> = {
    resume: true,
    pause: true,
    begun: true,
    unreadable: true,
    reported: true,
    changed: true,
    cancelled: true,
    settled: true,
  };
  const rows = rowsOf(transitions);
  expect(new Set(rows.map(({ first }) => phaseOf(first).name))).toEqual(new Set(Object.keys(phases)));
  for (const { cells } of rows)
    expect(new Set(cells.flatMap(([column]) => eventsOf(column).map(({ type }) => type)))).toEqual(new Set(Object.keys(events)));
});

it("begins with what its earlier history was asked", () => {
  expect(firstPhase(undefined)).toEqual({ name: "beginning", continued: false, asked: { pause: false } });
  expect(firstPhase({ paused: false })).toEqual({ name: "beginning", continued: true, asked: { pause: false } });
  expect(firstPhase({ paused: true })).toEqual({ name: "beginning", continued: true, asked: { pause: true } });
});

it("stops stages for a cancellation, and for a pause at once alone", () => {
  const columns = ["resume", "amended", "pause", "begun", "unreadable", "reported", "changed", "cancelled", "settled"];
  const stopping = columns.flatMap(eventsOf).filter(stopsStages);
  expect(stopping).toEqual([{ type: "pause", request: { when: "now" } }, { type: "cancelled" }]);
});
