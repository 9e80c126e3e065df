import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** PEM files of a certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority in a folder, created with `openssl`: it signs what the test needs, and goes away with the folder. */
export class Authority {
  readonly #folder: string;
  readonly ca: string;
  readonly #key: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.ca = join(folder, "ca.pem");
    this.#key = join(folder, "ca.key");
    const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"].flatMap((ext) => ["-addext", ext]);
    openssl("req", "-x509", ...newKey(this.#key), "-out", this.ca, "-days", "2", "-subj", `/CN=${name}`, ...extensions);
  }

  /** A certificate from this authority: for a server, with its names, or for a client. */
  sign(name: string, use: "server" | "client", alternativeNames: readonly string[] = []): CertificateFiles {
    const [certificate, key, request, extensions] = ["pem", "key", "csr", "ext"].map((ending) =>
      join(this.#folder, `${name}.${ending}`),
    ) as [string, string, string, string];
    const names = alternativeNames.length === 0 ? [] : [`subjectAltName=${alternativeNames.join(",")}`];
    writeFileSync(extensions, `${["basicConstraints=CA:FALSE", `extendedKeyUsage=${use}Auth`, ...names].join("\n")}\n`);
    openssl("req", ...newKey(key), "-out", request, "-subj", `/CN=${name}`);
    const signing = ["-CA", this.ca, "-CAkey", this.#key, "-CAcreateserial", "-days", "2", "-extfile", extensions];
    openssl("x509", "-req", "-in", request, ...signing, "-out", certificate);
    return { certificate, key };
  }
}

/** The PEM texts of files. */
export function pems({ certificate, key }: CertificateFiles): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

function newKey(path: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path];
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
