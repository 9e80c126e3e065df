import { expect, test } from "vitest";
import { Config } from "../engine/connection/settings/define.ts";
import settings from "../temporal.config.ts";

test("temporal.config.ts shows every setting", () => {
  expect(Object.keys(settings).toSorted()).toEqual(Object.keys(Config.shape).toSorted());
});

test("temporal.config.ts says what crisol does without it", () => {
  expect(Config.parse(settings)).toEqual(Config.parse({}));
});

test("temporal.config.ts names no server: the home's own is the default", () => {
  expect(settings.address).toBeUndefined();
});
