/**
 * Complete package-lock.json with the optional packages of other platforms.
 *
 * With a registry mirror that has only this platform's packages, npm leaves the others out of the lock, which `npm ci` then refuses everywhere.
 * `node scripts/complete-lock.mjs` adds them; with `--check` it only reports whether any are missing (exit code 1).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv, exit } from "node:process";

/** @typedef {{ version?: string, optional?: boolean, dev?: boolean, os?: string[], cpu?: string[], optionalDependencies?: Record<string, string> }} Entry */

const path = new URL("../package-lock.json", import.meta.url);
/** @type {{ packages: Record<string, Entry> }} */
const lock = JSON.parse(readFileSync(path, "utf8"));
const platforms = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** Whether the lock has an entry that a package at `from` gets when it imports `name`. @param {string} from @param {string} name */
function resolves(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in lock.packages) return true;
    if (at === "") return false;
  }
}

/** @type {Record<string, Entry>} */
const missing = {};
for (const [from, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolves(from, name)) continue;
    const words = name.split(/[/-]/);
    const os = platforms.find((platform) => words.includes(platform));
    const cpu = processors.find((processor) => words.includes(processor));
    if (!/^\d/.test(version) || os === undefined) throw new Error(`${from} needs ${name}@${version}: add it to package-lock.json by hand`);
    missing[`node_modules/${name}`] = {
      version,
      ...(cpu === undefined ? {} : { cpu: [cpu] }),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
    };
  }
}

const names = Object.keys(missing);
if (names.length === 0) exit(0);
if (argv.includes("--check")) {
  console.error(
    `package-lock.json lacks ${names.length} packages of other platforms, so npm ci refuses it: ${names.slice(0, 3).join(", ")}, ...`,
  );
  exit(1);
}
const packages = Object.fromEntries(Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(path, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
console.error(`package-lock.json: added ${names.length} packages of other platforms`);
