import { ensureServices } from "../../engine/services/up.ts";
import type { Session } from "../session.ts";

/** `crisol up`: start server and worker, and keep them up. */
export async function upCommand({ home, terminal, config }: Session): Promise<void> {
  const services = await ensureServices(home, { config: await config() });
  const { address, server, worker, started } = services;
  terminal.line(
    `${started ? "started" : "already up"}: Temporal server at ${address}${server === undefined ? "" : ` (process ${server})`}, worker (process ${worker})`,
  );
  terminal.line(`logs are in ${home.logs}; \`crisol down\` stops them`);
  terminal.value({ ...services, logs: home.logs });
}
