import { z } from "zod";
import { Secret } from "../../../dsl/secret.ts";

const Address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, "expected HOST:PORT, without a scheme");

/** Where a secret is: `secret("NAME")` for an environment variable, or a file that holds nothing else. */
const SecretSource = z.union([Secret, z.strictObject({ file: z.string().min(1) })], 'expected secret("NAME") or { file: "path" }');
export type SecretSource = z.output<typeof SecretSource>;

/** A PEM file, or its text. */
const Pem = z.union([z.string().min(1), z.strictObject({ data: z.string().min(1) })], "expected a path, or { data: PEM text }");
export type Pem = z.output<typeof Pem>;

const Tls = z
  .strictObject({
    /** The name in the server's certificate, if it is not the host of the address. */
    serverName: z.string().min(1).optional(),
    /** The authority that signed the server's certificate, if the system does not trust it. */
    ca: Pem.optional(),
    /** The client's own certificate and key, for mTLS. */
    certificate: Pem.optional(),
    key: Pem.optional(),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), "certificate and key go together");
export type Tls = z.output<typeof Tls>;

const CodecKey = z.strictObject({
  /** Sent in clear with what the key encrypts, to know later which key decrypts it. */
  id: z.string().regex(/^[\w.-]{1,64}$/, "expected 1 to 64 letters, digits, dots, dashes or underscores"),
  /** 32 bytes in base64 or hexadecimal digits, as `openssl rand -base64 32` prints them. */
  from: SecretSource,
});
export type CodecKey = z.output<typeof CodecKey>;

const Codec = z
  .strictObject({
    /** Encrypts everything that is sent to the server, by AES-256-GCM. */
    key: CodecKey,
    /** Keys that only decrypt: old ones, and the next one while it is being distributed. */
    otherKeys: z.array(CodecKey).default([]),
  })
  .refine(
    ({ key, otherKeys }) => new Set([key, ...otherKeys].map(({ id }) => id)).size === otherKeys.length + 1,
    "every key needs its own id",
  );

/** The settings of a project, as its `temporal.config.ts` exports them by default. Everything is optional. */
export const Config = z
  .strictObject({
    /** A Temporal server that is already running ("temporal.example.com:7233"). @default the home's own server */
    address: Address.optional(),
    /** @default "default" */
    namespace: z.string().min(1).default("default"),
    /** Encrypt the connection to `address`. @default false, or true with an API key */
    tls: z.union([z.boolean(), Tls]).optional(),
    /** API key for `address`: where it is, or the key itself, read from the environment; never write it into the file. */
    apiKey: z.union([z.string().min(1), SecretSource], 'expected a text, secret("NAME") or { file: "path" }').optional(),
    /** gRPC headers of every call to `address`. */
    metadata: z.record(z.string().regex(/^[a-z0-9_.-]+$/, "expected a header name in lower case"), z.string()).optional(),
    /** Encrypt parameters, paths, errors and everything else that the server keeps. @default nothing is encrypted */
    codec: Codec.optional(),
    /** Prefix of the task queues, `<prefix>-cpu` and `<prefix>-gpu`. @default one for each home, derived from its path */
    taskQueue: z
      .string()
      .regex(/^[\w.-]{1,200}$/, "expected 1 to 200 letters, digits, dots, dashes or underscores")
      .optional(),
    /** The queues that a worker started here polls. The workflows are in `cpu`. @default both */
    queues: z
      .array(z.enum(["cpu", "gpu"]))
      .min(1)
      .default(["cpu", "gpu"]),
    /** With `address`: whether commands start a worker here when no worker polls the home's queue. @default true */
    startWorker: z.boolean().default(true),
    /** Port on 127.0.0.1 of the home's own server. @default a free one, chosen once */
    port: z.int().min(1).max(65535).optional(),
    /** CPU stages at once. @default one for each core, at least 2 */
    slots: z.int().positive().optional(),
    /** GPU stages at once. @default 1 */
    gpuSlots: z.int().positive().default(1),
    /**
     * Pin each run to the workflow code that it started with, by the server's Worker Versioning: true fails if the server has none, false never pins.
     * @default pin if the server supports it
     */
    versioning: z.boolean().optional(),
    /** Minutes without an open run after which server and worker end. @default 30 */
    idleMinutes: z.number().positive().default(30),
  })
  .refine(({ address, queues }) => address !== undefined || queues.includes("cpu"), {
    path: ["queues"],
    error: "without `address` they must include cpu: nothing else runs the workflows of the home's own server",
  })
  .refine(({ address, startWorker }) => address !== undefined || startWorker, {
    path: ["startWorker"],
    error: "false needs an `address`: the home's own server is started together with its worker",
  });
export type Config = z.output<typeof Config>;

/** Check the settings' types, for `temporal.config.ts`: `export default defineConfig({ ... })`. */
export function defineConfig(config: z.input<typeof Config>): z.input<typeof Config> {
  return config;
}
