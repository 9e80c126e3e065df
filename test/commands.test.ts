/** Stages that are commands, from their code packages, with real processes. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { command, defineStage, output, port, Secret, z } from "../dsl/index.ts";
import type { ArtifactRef } from "../schemas/artifact.ts";
import { identityOf } from "../system/processes/process-identity.ts";
import { documentOf } from "./fixtures/stage-artifacts.ts";
import { StageHarness } from "./stage-harness.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

function write(path: string, text: string): string {
  const file = join(harness.project, "stages", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** The module that defines a stage; only its location matters. */
function here(): { readonly url: string } {
  return { url: pathToFileURL(write("stage.ts", "")).href };
}

/** A stage from documents to documents that runs a Python script. */
function scored(script: string, options: Parameters<typeof command>[1] = {}) {
  write("score.py", `import json, os, sys\n${script}`);
  return defineStage(here(), {
    name: "scored",
    inputs: { documents: port("documents", "sealed") },
    outputs: { documents: output("documents", { from: "documents", adds: ["scored"] }) },
    params: z.strictObject({ least: z.int().default(3), list: z.array(z.string()).optional(), key: Secret.optional() }),
    run: command(["python", "score.py", "--fast"], options),
  });
}

const texts = ["one", "a second text", "ü", "the fourth"];
const documentsOf = (...texts: string[]): Promise<ArtifactRef> =>
  harness.documents(
    texts.map((text, index) => ({ ...documentOf(`a.txt#${index}`, text), meta: { year: 1900 + index } })),
    ["sealed"],
  );

async function run(stage: ReturnType<typeof scored>, documents: ArtifactRef, params: object = {}) {
  const made = await harness.runPackaged(stage, { inputs: { documents }, params });
  return { ...made, read: await harness.read(made.outputs.documents) };
}

const failing = async (script: string, ...documents: string[]) =>
  run(scored(script), await documentsOf(...documents)).then(
    () => expect.unreachable("the stage should fail"),
    (error) => error.parts,
  );

describe("a command that keeps its contract", () => {
  test("reads documents, answers each, and has counts like any stage", async () => {
    const stage = scored(`
params = json.loads(os.environ["CRISOL_PARAMS"])
assert params == json.load(open("params.json")) and sys.argv[1] == "--fast"
for line in sys.stdin:
    document = json.loads(line)
    if len(document["text"]) < params["least"]:
        print(json.dumps({"drop": "too short"}))
    else:
        print(json.dumps({"text": document["text"].upper(), "meta": {**document["meta"], "length": len(document["text"])}}))
print("done with " + document["source"], file=sys.stderr)
print(json.dumps({"log": "all scored", "level": "warn"}))
`);
    const { read, report, logs, progress, outputs } = await run(stage, await documentsOf(...texts));
    expect(read).toEqual([
      { ...documentOf("a.txt#0", "one"), text: "ONE", meta: { year: 1900, length: 3 } },
      { ...documentOf("a.txt#1", "a second text"), text: "A SECOND TEXT", meta: { year: 1901, length: 13 } },
      { ...documentOf("a.txt#3", "the fourth"), text: "THE FOURTH", meta: { year: 1903, length: 10 } },
    ]);
    expect(report).toEqual({
      in: 4,
      out: 3,
      dropped: { "too short": 1 },
      examples: { "too short": [{ where: "a.txt#2", what: "ü" }] },
    });
    expect((await harness.input(outputs.documents)).manifest.facts).toEqual(["scored", "sealed"]);
    expect(logs).toContainEqual({ level: "debug", message: "done with a.txt#3" });
    expect(logs).toContainEqual({ level: "warn", message: "all scored" });
    expect(progress.at(-1)).toEqual({ done: 4, total: 4, unit: "documents" });
  });

  test("may answer out of order by id, and in between in order without one", async () => {
    const stage = scored(`
a, b, c, d = [json.loads(line) for line in sys.stdin]
print(json.dumps({"id": c["id"], "text": "third"}))
print(json.dumps({"text": "first"}))
print(json.dumps({"id": d["id"], "drop": "last"}))
print(json.dumps({"text": "second", "source": "elsewhere"}), end="")
`);
    const { read, report } = await run(stage, await documentsOf(...texts));
    expect(read.map(({ text, source, meta }) => [text, source, meta.year])).toEqual([
      ["third", "a.txt#2", 1902],
      ["first", "a.txt#0", 1900],
      ["second", "elsewhere", 1901],
    ]);
    expect(report.examples).toEqual({ last: [{ where: "a.txt#3", what: "the fourth" }] });
  });

  test("may report its progress, in its own units", async () => {
    const stage = scored(`
print(json.dumps({"progress": {"done": 1, "total": 2, "unit": "batches", "metrics": {"loss": 0.5}}}))
for line in sys.stdin: print(json.dumps({"text": "x"}))
`);
    const { progress } = await run(stage, await documentsOf(...texts));
    expect(progress).toEqual([{ done: 1, total: 2, unit: "batches", metrics: { loss: 0.5 } }]);
  });

  test("gets texts as they are, including characters that end lines elsewhere", async () => {
    const odd = ["a\u2028b\u0085c\r\nd", "\u0000\ud83d\ude00", "[]"];
    const stage = scored("for line in sys.stdin: print(json.dumps({'text': json.loads(line)['text']}, ensure_ascii=False))");
    expect((await run(stage, await documentsOf(...odd))).read.map(({ text }) => text)).toEqual(odd);
  });

  test("streams: far more documents than fit in memory at once pass through, in step", async () => {
    const large = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(100_000)}`);
    const stage = scored(`
for number, line in enumerate(sys.stdin):
    print(json.dumps({"text": json.loads(line)["text"]}))
`);
    const { read } = await run(stage, await documentsOf(...large));
    expect(read.map(({ text }) => text)).toEqual(large);
  });

  test("is done when it ends, though a process outside its group holds its output open, and all that it printed is read", async () => {
    const stage = scored(`
import subprocess
for line in sys.stdin:
    print(json.dumps({"text": "x" * 200_000}))
sys.stdout.flush()
holder = subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL)
print(f"holder {holder.pid}", file=sys.stderr)
`);
    const { read, logs } = await run(stage, await documentsOf(...Array.from({ length: 200 }, (_, index) => `text ${index}`)));
    const holder = Number(logs.find(({ message }) => message.startsWith("holder"))?.message.slice(7));
    expect(identityOf(holder)).toBeDefined();
    process.kill(holder, "SIGKILL");
    expect(read.map(({ text }) => text.length)).toEqual(Array.from({ length: 200 }, () => 200_000));
  });

  test("may read everything before it answers, and write far more than it reads", async () => {
    const stage = scored("for line in sys.stdin.readlines(): print(json.dumps({'text': 'y' * 200_000}))");
    expect((await run(stage, await documentsOf(...Array.from({ length: 200 }, (_, index) => `${index}`)))).read).toHaveLength(200);
  });

  test("runs among its own files and nothing else, and cannot change them for another attempt", async () => {
    write("words/a.txt", "alpha");
    write("words/b/c.txt", "gamma");
    write("words/__pycache__/a.cpython-311.pyc", "bytes");
    const stage = scored(
      `
files = sorted(os.path.relpath(os.path.join(folder, name)) for folder, _, names in os.walk(".") for name in names)
open("words/a.txt", "w").write("changed")
for line in sys.stdin: print(json.dumps({"text": " ".join(files)}))
`,
      { files: ["words/**"] },
    );
    const documents = await documentsOf("a");
    const expected = "params.json score.py words/a.txt words/b/c.txt";
    expect((await run(stage, documents)).read[0]?.text).toBe(expected);
    expect((await run(stage, documents)).read[0]?.text).toBe(expected);
    expect(readFileSync(join(harness.project, "stages/words/a.txt"), "utf8")).toBe("alpha");
  });

  test("is given secrets by name, and finds their values in its environment", async () => {
    const stage = scored("for line in sys.stdin: print(json.dumps({'text': os.environ['CRISOL_PARAMS'] + os.environ['TOY_KEY']}))");
    process.env.TOY_KEY = "the value";
    try {
      const { read } = await run(stage, await documentsOf("a"), { key: { secret: "TOY_KEY" } });
      expect(read[0]?.text).toBe('{"least":3,"key":{"secret":"TOY_KEY"}}the value');
    } finally {
      delete process.env.TOY_KEY;
    }
    await expect(run(stage, await documentsOf("a"), { key: { secret: "TOY_KEY" } })).rejects.toMatchObject({
      parts: { code: "ENVIRONMENT", what: "the secret TOY_KEY is not set" },
    });
  });

  test("finds parameters too long for an environment variable in its file", async () => {
    const stage = scored(`
assert "CRISOL_PARAMS" not in os.environ
for line in sys.stdin: print(json.dumps({"text": str(len(json.load(open("params.json"))["list"]))}))
`);
    const { read } = await run(stage, await documentsOf("a"), { list: Array.from({ length: 40_000 }, () => "word") });
    expect(read[0]?.text).toBe("40000");
  });

  test("that reports gets its report written, and other inputs as folders", async () => {
    write(
      "count.sh",
      'echo "{\\"report\\": {\\"lines\\": $(wc -l), \\"inputs\\": $CRISOL_INPUTS, \\"word\\": \\"$(cat "$(dirname "$0")/word.txt")\\"}}"',
    );
    write("word.txt", "here");
    const stage = defineStage(here(), {
      name: "counted",
      inputs: { documents: port("documents"), words: port("tokenizer") },
      outputs: { report: output("report") },
      run: command(["sh", "count.sh"], { files: ["*.txt"] }),
    });
    const words = await harness.artifact("tokenizer", { "tokenizer.json": "{}" });
    const { outputs, report } = await harness.runPackaged(stage, { inputs: { documents: await documentsOf(...texts), words } });
    const made = JSON.parse(await harness.text(outputs.report, "report.json"));
    expect(made).toEqual({ lines: 4, inputs: { words: expect.stringContaining("tokenizer-") }, word: "here" });
    expect(report).toEqual({ in: 4 });
  });

  test("that reads files prints its own documents", async () => {
    const script = write(
      "read.sh",
      `#!/bin/sh\ncd "$(echo "$CRISOL_INPUTS" | sed 's/.*: *"\\(.*\\)".*/\\1/')"\nfor f in */*; do echo "{\\"text\\": \\"$(cat $f)\\", \\"source\\": \\"$f\\"}"; done\n`,
    );
    chmodSync(script, 0o644);
    const stage = defineStage(here(), {
      name: "own",
      inputs: { from: port("files") },
      outputs: { documents: output("documents") },
      run: command(["./read.sh"]),
    });
    const { outputs, report } = await harness.runPackaged(stage, {
      inputs: { from: await harness.files({ "d/a.txt": "alpha", "d/b.txt": "beta" }) },
    });
    expect(await harness.read(outputs.documents)).toEqual([documentOf("d/a.txt", "alpha"), documentOf("d/b.txt", "beta")]);
    expect(report).toEqual({ out: 2 });
  });
});

describe("a command that breaks its contract", () => {
  test("a line that is not JSON is shown, with its number", async () => {
    expect(await failing(`print('{"text": "x"}'); print("Loading model ...")`, "a", "b")).toMatchObject({
      code: "STAGE_FAILED",
      what: "the command printed a line that is not JSON: Loading model ...",
      where: "stage scored, line 2 of what python score.py --fast printed",
      fix: expect.stringContaining("standard error"),
    });
  });

  test("the first document without an answer is named", async () => {
    const [, second] = texts.map((text, index) => documentOf(`a.txt#${index}`, text));
    expect(await failing("sys.stdin.read(); print(json.dumps({'text': 'x'}))", ...texts)).toMatchObject({
      code: "STAGE_FAILED",
      what: `the command succeeded after 1 answers, but gave none for document ${second?.id} (a.txt#1)`,
    });
  });

  test("one that stops reading is refused for the documents it left", async () => {
    const many = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(50_000)}`);
    expect(await failing("print(json.dumps({'text': sys.stdin.readline()}))", ...many)).toMatchObject({
      what: expect.stringMatching(/after 1 answers, but gave none for document \w+ \(a.txt#1\)/),
    });
  });

  test("one that answers more than it has been given yet is refused, even if there are as many documents", async () => {
    const many = Array.from({ length: 200 }, (_, index) => `${index} ${"x".repeat(50_000)}`);
    const script = "for _ in range(200): print(json.dumps({'text': 'x'}), flush=True)\nimport time; time.sleep(600)";
    expect(await failing(script, ...many)).toMatchObject({
      what: expect.stringMatching(/^the command answered more documents than the \d+ it had been given$/),
    });
  });

  test.each([
    ["answers more than it was given", "for _ in range(3): print(json.dumps({'text': 'x'}))", "more documents than the 2"],
    ["answers what it was not given", "print(json.dumps({'id': '0', 'text': 'x'}))", 'answered document "0", which it was not given'],
    [
      "answers twice",
      "i = json.loads(sys.stdin.readline())['id']\nfor _ in 'ab': print(json.dumps({'id': i, 'text': 'x'}))",
      "or had already answered",
    ],
    ["reports without an output for it", "print(json.dumps({'report': {}}))", "printed a report, and its stage has no use for it"],
  ])("one that %s", async (_, script, what) => {
    expect(await failing(`lines = sys.stdin\n${script}`, "a", "b")).toMatchObject({
      code: "STAGE_FAILED",
      what: expect.stringContaining(what),
    });
  });

  test("reasons that differ from document to document are refused", async () => {
    const many = Array.from({ length: 150 }, (_, index) => `${index}`);
    expect(await failing("for n, _ in enumerate(sys.stdin): print(json.dumps({'drop': f'{n} words'}))", ...many)).toMatchObject({
      what: "the command gave more than 100 different reasons",
    });
  });

  test("one that fails is reported with its last lines, whatever it printed before", async () => {
    expect(await failing(`sys.stdout.write('{"text": "unfin'); sys.stdout.flush(); print(1 / 0)`, ...texts)).toMatchObject({
      code: "STAGE_FAILED",
      what: expect.stringMatching(
        /^the command exited with 1: ZeroDivisionError: division by zero\n {4}Traceback (.*\n)+ {4}ZeroDivisionError: division by zero$/,
      ),
      where: "stage scored: python score.py --fast",
    });
  });

  test("one that was killed may be tried again", async () => {
    expect(await failing("os.kill(os.getpid(), 9)", ...texts)).toMatchObject({
      code: "HOST_CRASHED",
      what: "the command was killed by SIGKILL, and printed no error",
    });
  });

  test("bytes that are not UTF-8 are refused", async () => {
    expect(await failing('sys.stdout.buffer.write(b\'{"text": "\\xff"}\\n\')', "a")).toMatchObject({
      what: "the command printed a line that is not UTF-8",
    });
  });

  test("a program that is not found is named", async () => {
    const stage = defineStage(here(), {
      name: "lost",
      inputs: { documents: port("documents") },
      outputs: { documents: output("documents") },
      run: command(["no-such-program"]),
    });
    await expect(harness.runPackaged(stage, { inputs: { documents: await documentsOf("a") } })).rejects.toMatchObject({
      parts: { code: "ENVIRONMENT", what: 'the program "no-such-program" was not found', where: "stage lost: no-such-program" },
    });
  });

  test("a damaged input is reported as such", async () => {
    const documents = await documentsOf(...texts);
    const [file] = (await harness.input(documents)).manifest.files;
    const blob = await harness.store.blobs.materialize(file?.sha256 ?? ("" as never));
    chmodSync(blob, 0o644);
    writeFileSync(blob, readFileSync(blob).fill(0, 10, 20));
    await expect(run(scored("for line in sys.stdin: print(json.dumps({'text': 'x'}))"), documents)).rejects.toMatchObject({
      parts: { code: "ARTIFACT_DAMAGED" },
    });
  });
});

describe("the end of a command", () => {
  /** A script that starts a child, logs both ids, and waits. */
  const waiting = `
import subprocess, time
child = subprocess.Popen(["sleep", "600"])
print(json.dumps({"log": f"{os.getpid()} {child.pid}"}), flush=True)
time.sleep(600)
`;
  const pidsOf = async (logs: () => readonly { readonly message: string }[]): Promise<number[]> => {
    for (;;) {
      const line = logs().find(({ message }) => /^\d+ \d+$/.test(message));
      if (line !== undefined) return line.message.split(" ").map(Number);
      await sleep(20);
    }
  };
  const areGone = async (pids: readonly number[]): Promise<void> => {
    while (pids.some((pid) => identityOf(pid) !== undefined)) await sleep(20);
  };

  test("an abort ends it with everything it started", async () => {
    const abort = new AbortController();
    const logs: { message: string }[] = [];
    const ended = harness.runPackaged(scored(waiting), {
      inputs: { documents: await documentsOf(...texts) },
      signal: abort.signal,
      log: (_, message) => logs.push({ message }),
    });
    const pids = await pidsOf(() => logs);
    abort.abort();
    await expect(ended).rejects.toMatchObject({ parts: { code: "CANCELED" } });
    await areGone(pids);
  });

  test("a broken contract ends it with everything it started", async () => {
    const logs: { message: string }[] = [];
    const ended = harness.runPackaged(scored(`${waiting.replace("time.sleep(600)", "print('no', flush=True)\ntime.sleep(600)")}`), {
      inputs: { documents: await documentsOf(...texts) },
      log: (_, message) => logs.push({ message }),
    });
    await expect(ended).rejects.toMatchObject({ parts: { what: expect.stringContaining("not JSON") } });
    await areGone(await pidsOf(() => logs));
  });
});
