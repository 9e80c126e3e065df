import { expect, test } from "vitest";
import { attemptError } from "./attempt-error.ts";

const thrownIn = { where: "stage odd", thrownAt: undefined, lastRead: [], stopped: false };
const codeOf = (code: string) => attemptError(Object.assign(new Error(`${code}: write`), { code }), thrownIn).code;

test("a disk that fills up or turns read-only under a stage is not a mistake of its code", () => {
  expect(["ENOSPC", "EDQUOT", "EROFS"].map(codeOf)).toEqual(["STORE_FULL", "STORE_FULL", "STORE_UNWRITABLE"]);
});

test("a path that it may not write, or that is invalid, is one", () => {
  expect(["EACCES", "EPERM", "ENOTDIR", "EFBIG", "ENOENT"].map(codeOf)).toEqual(Array(5).fill("STAGE_FAILED"));
});
