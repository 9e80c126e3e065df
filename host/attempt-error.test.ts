import { expect, test } from "vitest";
import { attemptError } from "./attempt-error.ts";

const thrownIn = { where: "stage odd", thrownAt: undefined, lastRead: [], stopped: false };
const codeOf = (code: string) => attemptError(Object.assign(new Error(`${code}: write`), { code }), thrownIn).code;

test("a disk that is full, or turned read-only, under a stage is no mistake of its code", () => {
  expect(["ENOSPC", "EDQUOT", "EROFS"].map(codeOf)).toEqual(["STORE_FULL", "STORE_FULL", "STORE_UNWRITABLE"]);
});

test("what it may not write, or a path that is none, is", () => {
  expect(["EACCES", "EPERM", "ENOTDIR", "EFBIG", "ENOENT"].map(codeOf)).toEqual(Array(5).fill("STAGE_FAILED"));
});
