import { configDefaults, defineConfig } from "vitest/config";

const nowhere = [...configDefaults.exclude, "**/.crisol/**", "**/.venv/**", "**/.toolchain/**", "**/dist/**"];

/** What takes ten seconds or more, because it starts many processes or waits for some: `npm run test:fast` leaves it out. */
const slow = [
  "activities/data/ingest/memory.test.ts",
  "activities/data/language/run.test.ts",
  "activities/model/export-onnx/run.test.ts",
  "activities/model/train/run.test.ts",
  "cli/check/check-pipeline.test.ts",
  "cli/commands/generate.test.ts",
  "engine/hosts/errors/source-stack.test.ts",
  "engine/hosts/host-process.test.ts",
  "engine/hosts/overlap.test.ts",
  "engine/worker/bundle/workflow-bundle.test.ts",
  "inference/generate-text.test.ts",
  "store/objects/blobs.test.ts",
  "store/records/claims.test.ts",
  "test/commands.test.ts",
  "test/property/key-checkouts.test.ts",
  "test/property/key-mutations.test.ts",
  "test/property/near-duplicates.test.ts",
  "test/text-stages.test.ts",
];
const exclude = process.env.TEST_TIER === "fast" ? [...nowhere, ...slow] : nowhere;

/** Files of one worker share the modules that they import, which a third of the time goes into otherwise; no test may leave anything behind. */
const isolate = false;

/** One project for each kind of test; `npx vitest run --project unit path` runs one file of one kind. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "test/{property,types,replay,e2e}/**"],
          isolate,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "property", include: ["test/property/**/*.test.ts"], exclude, isolate, testTimeout: 120_000, hookTimeout: 300_000 } },
      { test: { name: "types", include: ["test/types/**/*.test.ts"], exclude, isolate, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: "replay", include: ["test/replay/**/*.test.ts"], exclude: nowhere, testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: nowhere,
          // by themselves, two at a time: most of their time they wait for processes to notice something
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
