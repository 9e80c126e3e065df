/** After `npm pack`: package.json as it was, and no dist/, which the launcher would prefer to the sources. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../bin/find-node.mjs";
import { restoreDescription } from "./description.mjs";

restoreDescription();
rmSync(join(PACKAGE_ROOT, "dist"), { recursive: true, force: true });
