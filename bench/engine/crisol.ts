import { randomInt } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { homeAt } from "../../engine/home.ts";
import { readServices } from "../../engine/services/services-state.ts";
import { type Command, execute, launch, secondsOf } from "./command.ts";
import type { Edited, Engine } from "./engine.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(root, "bin", "crisol.mjs");

/** crisol, in a separate project: `crisol run`, with the services of its home up. */
export class CrisolEngine implements Engine {
  readonly name = "crisol";
  #folder = "";
  #start = 0;

  get home(): string {
    return join(this.#folder, ".crisol");
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "crisol-bench-"));
    await cp(new URL("./project", import.meta.url), this.#folder, { recursive: true });
    await writeFile(join(this.#folder, "package.json"), '{ "type": "module", "private": true }\n');
    await mkdir(join(this.#folder, "node_modules"));
    await symlink(root, join(this.#folder, "node_modules", "crisol"), "dir");
    await execute(this.#command("up"));
  }

  sequence(steps: number): Promise<number> {
    this.#start = newStart();
    return this.again(steps);
  }

  again(steps: number): Promise<number> {
    return secondsOf(this.#sequence(steps));
  }

  tasks(tasks: number): Promise<number> {
    return secondsOf(this.#command("run", "pipelines/tasks.ts", "--set", `tasks=${tasks}`, "--set", `start=${newStart()}`));
  }

  async afterKill(): Promise<number> {
    this.#start = newStart();
    const run = launch(this.#sequence(10, "--set", "seconds=1"));
    let killed = 0;
    for await (const line of createInterface({ input: run.process.stdout })) {
      if (killed > 0 || !line.startsWith("step-5: started")) continue;
      await sleep(500);
      const worker = (await readServices(homeAt(this.home)))?.worker?.process.pid;
      if (worker === undefined) throw new Error("there is no worker to kill");
      killed = performance.now();
      process.kill(worker, "SIGKILL");
    }
    if ((await run.ended) !== 0 || killed === 0) throw new Error(`the killed run did not end well:\n${run.said()}`);
    return (performance.now() - killed) / 1000;
  }

  async edited(steps: number): Promise<Edited> {
    const helper = join(this.#folder, "stages", "plus-one.ts");
    const before = await readFile(helper, "utf8");
    await writeFile(helper, before.replace("n + 1", "n + 2"));
    const said = await execute(this.#sequence(steps));
    await writeFile(helper, before);
    const ran = Number(/completed: (\d+) stages? ran/.exec(said)?.[1] ?? 0);
    return ran === steps ? "right" : ran === 0 ? "wrong hit" : "some steps";
  }

  async stop(): Promise<void> {
    await execute(this.#command("down"));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #sequence(steps: number, ...more: readonly string[]): Command {
    return this.#command("run", "pipelines/sequence.ts", "--set", `steps=${steps}`, "--set", `start=${this.#start}`, ...more);
  }

  #command(...args: readonly string[]): Command {
    return { argv: [process.execPath, program, ...args], cwd: this.#folder, env: { NO_COLOR: "1", CRISOL_HOME: this.home } };
  }
}

/** Far from any other, because equal numbers would be found in the store. */
function newStart(): number {
  return randomInt(1_000_000_000) * 1000;
}
