import { expect, test } from "vitest";
import { secretHider } from "./hide-secrets.ts";

const params = { store: { keys: [{ secret: "KEY" }, { secret: "LONGER" }] }, pin: { secret: "PIN" }, other: { secret: "UNSET" } };

test("values of the secrets that parameters refer to are replaced by their names, the longest first; short ones are left", () => {
  const hide = secretHider(params, { KEY: "hunter", LONGER: "hunter2$&", PIN: "12", FOREIGN: "elsewhere" });
  expect(hide("a hunter, hunter2$& and hunter; 12 elsewhere")).toBe("a <secret KEY>, <secret LONGER> and <secret KEY>; 12 elsewhere");
});
