/** main.js sequence|tasks N [resume]: an endpoint, and a workflow of it with a `ctx.run` for each step. INGRESS, ADMIN, PORT, WORKFLOW in the environment. */
import * as restate from "@restatedev/restate-sdk";
import { inc } from "./helper.js";
import { mark } from "./steplog.js";

const [, , kind, count, mode] = process.argv;
const { INGRESS, ADMIN, PORT, WORKFLOW = `${process.pid}-${Date.now()}` } = process.env;

const pipe = restate.workflow({
  name: "Pipe",
  handlers: {
    run: async (context, { kind, n }) => {
      if (kind === "tasks") {
        const all = Array.from({ length: n }, (_, i) => context.run(`s${i}`, () => mark(i, () => inc({ n: 0 }))));
        return (await restate.RestatePromise.all(all)).length;
      }
      let value = { n: 0 };
      for (let i = 1; i <= n; i += 1) {
        const before = value;
        value = await context.run(`s${i}`, () => mark(i, () => inc(before)));
      }
      return value.n;
    },
  },
});

async function ask(url, body) {
  const method = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(url, method);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

await restate.serve({ services: [pipe], port: Number(PORT) });
if (mode === "resume") {
  await ask(`${INGRESS}/restate/workflow/Pipe/${WORKFLOW}/attach`);
} else {
  await ask(`${ADMIN}/deployments`, { uri: `http://127.0.0.1:${PORT}`, force: true });
  await ask(`${INGRESS}/Pipe/${WORKFLOW}/run`, { kind, n: Number(count) });
}
process.exit(0);
