import type { Edited, Engine } from "./engine.ts";

/** What was measured of an engine: seconds of whole commands, milliseconds of a step. */
export interface Figures {
  readonly ten: number;
  readonly fifty: number;
  readonly perStep: number;
  readonly again: number | undefined;
  readonly tasks: number;
  readonly afterKill: number | undefined;
  readonly edited: Edited | undefined;
}

/**
 * Measure engines in turns, so that other load on the machine is shared among them: the median of a number of repeats, after one that is not counted
 * (except for the kills, which take long).
 *
 * @param options.kill whether to measure what a kill costs too
 */
export async function measure(
  engines: readonly Engine[],
  options: { readonly repeats: number; readonly kill: boolean },
): Promise<Map<Engine, Figures>> {
  const byTurns = async (work: (engine: Engine) => Promise<number> | undefined, first = 0): Promise<Map<Engine, number>> => {
    const times = new Map(engines.map((engine) => [engine, [] as number[]]));
    for (let repeat = first; repeat <= options.repeats; repeat += 1) {
      for (const [engine, taken] of times) {
        const seconds = await work(engine);
        if (seconds !== undefined && repeat > 0) taken.push(seconds);
      }
    }
    return new Map([...times].flatMap(([engine, taken]) => (taken.length === 0 ? [] : [[engine, median(taken)] as const])));
  };
  const ten = await byTurns((engine) => engine.sequence(10));
  const fifty = await byTurns((engine) => engine.sequence(50));
  const again = await byTurns((engine) => engine.again?.(50));
  const edited = new Map<Engine, Edited>();
  for (const engine of engines) {
    const seen = await engine.edited?.(50);
    if (seen !== undefined) edited.set(engine, seen);
  }
  const tasks = await byTurns((engine) => engine.tasks(200));
  const afterKill = options.kill ? await byTurns((engine) => engine.afterKill(), 1) : undefined;
  const figures = new Map<Engine, Figures>();
  for (const engine of engines) {
    const [t10 = Number.NaN, t50 = Number.NaN] = [ten.get(engine), fifty.get(engine)];
    figures.set(engine, {
      ten: t10,
      fifty: t50,
      perStep: ((t50 - t10) / 40) * 1000,
      tasks: tasks.get(engine) ?? Number.NaN,
      again: again.get(engine),
      edited: edited.get(engine),
      afterKill: afterKill?.get(engine),
    });
  }
  return figures;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
