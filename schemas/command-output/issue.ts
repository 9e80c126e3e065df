import { z } from "zod";

/** An issue as commands print it. */
export const Issue = z
  .strictObject({ code: z.string(), message: z.string(), path: z.array(z.string()).readonly(), fix: z.string() })
  .readonly();
