import { z } from "zod";

/** Where a store is, as plain data: a directory of this machine. Only the store itself derives paths from it. */
export const StoreLocation = z.object({ directory: z.string().min(1) });
export type StoreLocation = z.output<typeof StoreLocation>;

/** The place of an object of a store, for people. */
export function describeObject({ directory }: StoreLocation, name: string): string {
  return `${directory}/${name}`;
}

/** A store's place, for people. */
export function describeLocation({ directory }: StoreLocation): string {
  return directory;
}
