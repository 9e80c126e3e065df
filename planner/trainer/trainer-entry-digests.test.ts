import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isTrainerEntry, type TrainerEntry, trainerEntries } from "../../schemas/trainer/entries.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { trainerClosure } from "./trainer-closure.ts";
import { trainerEntryDigests } from "./trainer-entry-digests.ts";
import { trainerFacts } from "./trainer-facts.ts";
import { trainerDigest, trainerPackage } from "./trainer-files.ts";
import { TrainerModules } from "./trainer-modules.ts";

const own = join(crisolFolder, "trainer");
const entries = Object.keys(trainerEntries).filter(isTrainerEntry);
const original = trainerEntryDigests(own, entries);

let trainer: string;
beforeEach(() => {
  trainer = mkdtempSync(join(tmpdir(), "crisol-trainer-"));
  const wanted = (path: string) => !path.includes("__pycache__");
  for (const name of [trainerPackage, "requirements.lock", "requirements.graph.json"]) {
    cpSync(join(own, name), join(trainer, name), { recursive: true, filter: wanted });
  }
});
afterEach(() => rmSync(trainer, { recursive: true, force: true }));

const edit = (path: string, from: string | RegExp, to: string) => {
  const before = readFileSync(join(trainer, path), "utf8");
  const after = before.replace(from, to);
  if (before === after) throw new Error(`the edit of ${path} changed nothing`);
  writeFileSync(join(trainer, path), after);
};
const upgrade = (name: string) => {
  edit("requirements.lock", new RegExp(`^${name}==.*$`, "m"), `${name}==99.1`);
  edit("requirements.graph.json", new RegExp(`"name": "${name}", "version": "[^"]*"`), `"name": "${name}", "version": "99.1"`);
};
const changed = () =>
  [...trainerEntryDigests(trainer, entries)].flatMap(([entry, digest]) => (digest === original.get(entry) ? [] : [entry]));

const all: TrainerEntry[] = ["evaluate", "export_onnx", "tokenize_documents", "train", "train_tokenizer"];
const ofModels: TrainerEntry[] = ["evaluate", "export_onnx", "train"];

describe("what a change of the trainer changes", () => {
  test.each<[string, () => void, TrainerEntry[]]>([
    ["nothing", () => undefined, []],
    ["a module of training", () => edit("crisol_trainer/training/schedule.py", /$/, "\nmore = 1\n"), ["train"]],
    ["a module of the exporter", () => edit("crisol_trainer/export/onnx_graph.py", /$/, "\nmore = 1\n"), ["export_onnx"]],
    ["a module of models", () => edit("crisol_trainer/training/model.py", /$/, "\nmore = 1\n"), ["evaluate", "train"]],
    ["a module of all", () => edit("crisol_trainer/runtime/protocol.py", /$/, "\nmore = 1\n"), all],
    ["a parameter of training", () => edit("crisol_trainer/training/train_config.py", "le=1000)", "le=1001)"), ["train"]],
    ["a parameter of evaluation", () => edit("crisol_trainer/evaluation/evaluate_config.py", "= 1000", "= 1001"), ["evaluate"]],
    ["the package", () => edit("crisol_trainer/__init__.py", /$/, "\nmore = 1\n"), all],
    ["a module more", () => writeFileSync(join(trainer, "crisol_trainer/dpo.py"), "from crisol_trainer.training.train import train\n"), []],
    ["PyTorch", () => upgrade("torch"), ofModels],
    ["a package that PyTorch needs", () => upgrade("sympy"), ofModels],
    ["NumPy", () => upgrade("numpy"), ["evaluate", "export_onnx", "tokenize_documents", "train"]],
    ["ONNX Runtime", () => upgrade("onnxruntime"), ["export_onnx"]],
    ["a package that is imported by a text", () => upgrade("gigabpe"), ["train_tokenizer"]],
    ["a package of tests", () => upgrade("pytest"), []],
  ])("%s", (_, change, entries) => {
    change();
    expect(changed()).toEqual(entries);
  });
});

test.each(entries)("what %s imports can be followed", (entry) => {
  expect(trainerClosure(new TrainerModules(own, trainerPackage), trainerEntries[entry]).elsewhere.size).toBeGreaterThan(0);
});

test("where it cannot be, everything counts", () => {
  edit("crisol_trainer/training/schedule.py", /$/, "\nexec(text)\n");
  expect(trainerEntryDigests(trainer, ["train"]).get("train")).toBe(trainerDigest(trainer));
  expect(changed()).toEqual(["train"]);
});

test("a package that is not locked is refused", () => {
  edit("crisol_trainer/training/schedule.py", /^/, "import left_pad\n");
  expect(() => trainerEntryDigests(trainer, ["train"])).toThrow(
    /the trainer imports left_pad, which no package in requirements.lock provides/,
  );
});

test("a graph of another lock is refused", () => {
  edit("requirements.lock", "torch==", "torch==9");
  expect(() => trainerEntryDigests(trainer, ["train"])).toThrow(/has other versions than requirements.lock for torch$/);
});

test("the digests are remembered for these files, and found again where what is remembered is damaged", async () => {
  const cache = join(trainer, "cache", "trainer.json");
  expect(await trainerFacts(trainer, ["train"], cache)).toEqual({ train: original.get("train") });
  const written = readFileSync(cache, "utf8");
  writeFileSync(cache, written.replace(original.get("train") ?? "", "0".repeat(64)));
  expect(await trainerFacts(trainer, ["train"], cache)).toEqual({ train: "0".repeat(64) });
  expect(await trainerFacts(trainer, ["evaluate"], cache)).toMatchObject({ evaluate: original.get("evaluate") });
  writeFileSync(cache, "{");
  expect(await trainerFacts(trainer, ["train"], cache)).toEqual({ train: original.get("train") });
  edit("crisol_trainer/training/schedule.py", /$/, "\nmore = 1\n");
  expect((await trainerFacts(trainer, ["train"], cache)).train).not.toBe(original.get("train"));
});
