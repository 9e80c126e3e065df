import { expect, test } from "vitest";
import { files, secret } from "./index.ts";
import { PipelineMistake } from "./mistake.ts";

test("a secret is its name", () => {
  expect(secret("S3_KEY")).toEqual({ secret: "S3_KEY" });
});

test.each(["s3-key", "wJalrXUtnFEMI/K7MDENG", "1KEY"])("%o is not the name of a secret, and the error does not repeat it", (name) => {
  expect(() => secret(name)).toThrow(PipelineMistake);
  expect(() => secret(name)).not.toThrow(name);
});

test("an empty glob is refused", () => {
  expect(() => files("data/*", "")).toThrow("files() was given an empty glob");
});
