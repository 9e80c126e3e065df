import { configDefaults, defineConfig } from "vitest/config";

const nowhere = [...configDefaults.exclude, "**/.crisol/**", "**/.venv/**", "**/.toolchain/**", "**/dist/**"];

/** One project for each kind of test; `npx vitest run --project unit path` runs one file of one kind. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...nowhere, "test/{property,types,replay,e2e}/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "property", include: ["test/property/**/*.test.ts"], exclude: nowhere, testTimeout: 120_000, hookTimeout: 300_000 } },
      { test: { name: "types", include: ["test/types/**/*.test.ts"], exclude: nowhere, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: "replay", include: ["test/replay/**/*.test.ts"], exclude: nowhere, testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: nowhere,
          // by themselves, three at a time: most of their time they wait for processes to notice something
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
