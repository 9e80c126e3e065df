import { z } from "zod";

const Address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, "expected HOST:PORT, without a scheme");

const Tls = z.strictObject({
  /** Name that the server's certificate must carry, when it is not the host of the address. */
  serverName: z.string().optional(),
  /** PEM file of the authority that signed the server's certificate, when the system does not know it. */
  ca: z.string().optional(),
  /** PEM files of the client's own certificate and key, for mTLS. */
  certificate: z.string().optional(),
  key: z.string().optional(),
});

/** The settings of a project, as its `temporal.config.ts` exports them by default. Everything is optional. */
export const Config = z.strictObject({
  /** A Temporal server that runs already ("temporal.example.com:7233"). @default a server of the home's own */
  address: Address.optional(),
  /** @default "default" */
  namespace: z.string().min(1).default("default"),
  /** Encrypt the connection to `address`. @default false, or true with an API key */
  tls: z.union([z.boolean(), Tls]).optional(),
  /** API key for `address`: read it from the environment, never write it down. */
  apiKey: z.string().min(1).optional(),
  /** Port on 127.0.0.1 of the home's own server. @default a free one, chosen once */
  port: z.int().min(1).max(65535).optional(),
  /** CPU stages at once. @default one for each core, at least 2 */
  slots: z.int().positive().optional(),
  /** GPU stages at once. @default 1 */
  gpuSlots: z.int().positive().default(1),
  /** Minutes without an open run after which server and worker end. @default 30 */
  idleMinutes: z.number().positive().default(30),
});
export type Config = z.output<typeof Config>;

/** Check the settings' types, for `temporal.config.ts`: `export default defineConfig({ ... })`. */
export function defineConfig(config: z.input<typeof Config>): z.input<typeof Config> {
  return config;
}
