import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { OpenAttempts } from "./open-attempts.ts";

test("an attempt whose token can't be written continues without it", async () => {
  const gone = join(temporaryFolder(), "workers", "1");
  const close = await new OpenAttempts(gone).open(Buffer.from("token"));
  await close();
  expect(existsSync(gone)).toBe(false);
});
