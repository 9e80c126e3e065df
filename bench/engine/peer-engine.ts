import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../system/processes/loopback-port.ts";
import { type Command, execute, kill, type Launched, launch, secondsOf, untilLine, untilListening } from "./command.ts";
import type { Edited, Engine } from "./engine.ts";
import type { Peer, Place, Work } from "./peer.ts";
import { quiet } from "./peers.ts";
import { setUp } from "./set-up.ts";

/** A running peer, in its own folder. */
export class PeerEngine implements Engine {
  readonly name: string;
  readonly again?: (steps: number) => Promise<number>;
  readonly edited?: (steps: number) => Promise<Edited>;
  readonly #peer: Peer;
  readonly #cache: string;
  #place: Place = { work: "", bin: (name) => name, ports: [0, 0, 0, 0] };
  #server: Launched | undefined;

  constructor(peer: Peer, cache: string) {
    this.#peer = peer;
    this.#cache = cache;
    this.name = peer.name;
    const { again } = peer;
    if (again === undefined) return;
    this.again = (steps) => secondsOf(this.#command(again(this.#place, steps)));
    this.edited = (steps) => this.#edited(again(this.#place, steps), steps);
  }

  async start(): Promise<void> {
    const { name, prepare, server } = this.#peer;
    const programs = await setUp(this.#peer, this.#cache);
    const work = await mkdtemp(join(tmpdir(), `crisol-bench-${name}-`));
    for (const folder of ["shared", name]) await cp(new URL(`./peers/${folder}`, import.meta.url), work, { recursive: true });
    await writeFile(join(work, "package.json"), '{ "private": true, "type": "module" }\n');
    const modules = programs === undefined ? fileURLToPath(new URL("../../node_modules", import.meta.url)) : join(programs, "..");
    await symlink(modules, join(work, "node_modules"), "dir");
    const bin = (program: string) => (program === "node" ? process.execPath : join(programs ?? "", program));
    this.#place = { work, bin, ports: [await freePort(), await freePort(), await freePort(), await freePort()] };
    if (prepare !== undefined) await this.#execute(prepare(this.#place));
    if (server === undefined) return;
    this.#server = launch(this.#command(server(this.#place)));
    await untilListening(this.#place.ports[name === "restate" ? 1 : 0]);
    await sleep(2000);
  }

  sequence(steps: number): Promise<number> {
    return this.#run("sequence", steps);
  }

  tasks(tasks: number): Promise<number> {
    return this.#run("tasks", tasks);
  }

  async afterKill(): Promise<number> {
    const { run, killed, resume } = this.#peer;
    await this.#fresh("sequence", 10);
    const env = { ...this.#log(), STEP_SLEEP: "1", WORKFLOW: `killed-${Date.now()}` };
    const first = launch(this.#command(killed?.(this.#place) ?? run(this.#place, "sequence", 10), env));
    await untilLine(env.STEP_LOG, "start 5");
    await sleep(500);
    const from = performance.now();
    await kill(first);
    await execute(this.#command(resume(this.#place), env));
    return (performance.now() - from) / 1000;
  }

  async stop(): Promise<void> {
    if (this.#server !== undefined) await kill(this.#server);
    await rm(this.#place.work, { recursive: true, force: true, maxRetries: 5 });
  }

  async #run(work: Work, count: number): Promise<number> {
    await this.#fresh(work, count);
    return secondsOf(this.#command(this.#peer.run(this.#place, work, count)));
  }

  async #fresh(work: Work, count: number): Promise<void> {
    const { state = [], warm, generate } = this.#peer;
    for (const path of state) await rm(join(this.#place.work, path), { recursive: true, force: true });
    if (warm !== undefined) await this.#execute(warm(this.#place));
    if (generate !== undefined) await this.#execute(generate(this.#place, work, count));
  }

  async #edited(again: readonly string[], steps: number): Promise<Edited> {
    const helper = join(this.#place.work, "helper.py");
    const before = await readFile(helper, "utf8");
    await this.#writeHelper(before.replace("+ 1", "+ 2"));
    const env = this.#log();
    await execute(this.#command(again, env));
    await this.#writeHelper(before);
    const ran = existsSync(env.STEP_LOG) ? (await readFile(env.STEP_LOG, "utf8")).split("start ").length - 1 : 0;
    return ran === steps ? "right" : ran === 0 ? (this.#peer.unseen ?? "wrong hit") : "some steps";
  }

  /** Python keys its bytecode by whole seconds and size: Python itself would not notice a quick edit. */
  async #writeHelper(text: string): Promise<void> {
    await writeFile(join(this.#place.work, "helper.py"), text);
    await rm(join(this.#place.work, "__pycache__"), { recursive: true, force: true });
  }

  #log(): { readonly STEP_LOG: string } {
    return { STEP_LOG: join(this.#place.work, `steps-${Date.now()}.log`) };
  }

  async #execute(argv: readonly string[]): Promise<void> {
    await execute(this.#command(argv));
  }

  #command(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
    return { argv, cwd: this.#place.work, env: { ...quiet, ...this.#peer.env?.(this.#place), ...env } };
  }
}
