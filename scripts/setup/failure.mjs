/** An error of set-up, in the four parts of every crisol error; an error of the environment, so the exit code is 3. */
export class SetupFailure extends Error {
  /** @param {{ what: string, where: string, why: string, fix: string }} parts */
  constructor(parts) {
    super(parts.what);
    this.name = "SetupFailure";
    this.parts = parts;
  }
}

/** Print an error and end with the exit code of its kind. @param {unknown} error @returns {never} */
export function fail(error) {
  if (error instanceof SetupFailure) {
    const { what, where, why, fix } = error.parts;
    console.error(`\nerror ENVIRONMENT: ${what}\n  where  ${where}\n  why    ${why}\n  fix    ${fix}`);
    process.exit(3);
  }
  throw error;
}
