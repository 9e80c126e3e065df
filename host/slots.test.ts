import { expect, it } from "vitest";
import { Slots } from "./slots.ts";

const never = () => new AbortController().signal;

it("gives places in the order of asking, and as many as there are", async () => {
  const slots = new Slots(2);
  const taken: string[] = [];
  const take = (name: string) =>
    slots.take(never()).then((release) => {
      taken.push(name);
      return release;
    });
  const [a, b] = await Promise.all([take("a"), take("b")]);
  const c = take("c");
  const d = take("d");
  await Promise.resolve();
  expect(taken).toEqual(["a", "b"]);
  b();
  (await c)();
  await d;
  expect(taken).toEqual(["a", "b", "c", "d"]);
  a();
});

it("loses no place to one who left the queue", async () => {
  const slots = new Slots(1);
  const release = await slots.take(never());
  const impatient = new AbortController();
  const left = slots.take(impatient.signal);
  const patient = slots.take(never());
  impatient.abort();
  await expect(left).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  release();
  (await patient)();
  await slots.take(never());
});
