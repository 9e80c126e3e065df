import { stopServices } from "../../engine/services/up.ts";
import type { Session } from "../session.ts";

/** `crisol down`: stop worker and server; running stages save their state first, and their runs continue when the services are back. */
export async function downCommand({ home, terminal }: Session): Promise<void> {
  const { wasUp } = await stopServices(home);
  terminal.line(wasUp ? "stopped; open runs continue at the next `crisol up` or `crisol run`" : "nothing was running");
  terminal.value({ wasUp });
}
