import { environmentProgram } from "../../system/processes/python-environment.ts";
import type { Peer, Place, Work } from "./peer.ts";

/** No peer sends telemetry, or warns of what does not matter here. */
export const quiet = {
  DO_NOT_TRACK: "1",
  PREFECT_SERVER_ANALYTICS_ENABLED: "false",
  DVC_NO_ANALYTICS: "1",
  ZENML_ANALYTICS_OPT_IN: "false",
  AUTO_OPEN_DASHBOARD: "false",
  ZENML_LOGGING_VERBOSITY: "WARN",
  METAFLOW_USER: "bench",
  RESTATE_DISABLE_TELEMETRY: "true",
  PYTHONWARNINGS: "ignore",
};

const python = (place: Place, ...args: readonly string[]) => [place.bin("python"), ...args];
const node = (place: Place, ...args: readonly string[]) => [place.bin("node"), ...args];
const pipe = (place: Place, work: Work, count: number) => python(place, "pipe.py", work, String(count));
const main = (place: Place, work: Work, count: number) => node(place, "main.js", work, String(count));
const resumed = (place: Place) => [...main(place, "sequence", 10), "resume"];

/** The peers, by the name that the command line takes. */
export const peers: readonly Peer[] = [
  {
    name: "temporal",
    what: "bare SDK, tuned server, worker in the command, bundle prebuilt",
    env: ({ ports: [port] }) => ({ ADDRESS: `127.0.0.1:${port}` }),
    prepare: (place) => node(place, "main.js", "bundle"),
    server: ({ work, ports: [port] }) => [
      ...[
        environmentProgram("temporal"),
        "server",
        "start-dev",
        "--headless",
        "--port",
        String(port),
        "--db-filename",
        `${work}/temporal.db`,
      ],
      ...["journal_mode=wal", "synchronous=normal"].flatMap((pragma) => ["--sqlite-pragma", pragma]),
      ...["transfer", "timer", "visibility"].flatMap((queue) => ["--dynamic-config-value", `history.${queue}ProcessorMaxPollRPS=2000`]),
      ...["--log-level", "error"],
    ],
    run: main,
    resume: resumed,
  },
  {
    name: "restate",
    what: "restate-server, a ctx.run for each step",
    packages: { npm: ["@restatedev/restate-server@1.7.12", "@restatedev/restate-sdk@1.17.2"] },
    env: ({ ports: [ingress, admin, port] }) => ({
      INGRESS: `http://127.0.0.1:${ingress}`,
      ADMIN: `http://127.0.0.1:${admin}`,
      PORT: String(port),
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
      RESTATE_LOGGING: "ERROR",
    }),
    server: ({ work, bin, ports: [, , , port] }) => [
      ...[bin("restate-server"), "--no-logo", "--listen-mode", "tcp", "--base-dir", `${work}/data`],
      ...["--bind-port", String(port), "--node-name", "bench"],
    ],
    run: main,
    resume: resumed,
  },
  {
    name: "dbos",
    what: "DBOS on PostgreSQL, a step each",
    packages: { npm: ["@dbos-inc/dbos-sdk@5.3.0"] },
    env: ({ ports: [port] }) => ({ DATABASE: `postgresql://postgres@127.0.0.1:${port}/postgres` }),
    server: ({ work, ports: [port] }) => ["sh", "postgres.sh", `${work}/postgres`, String(port)],
    run: main,
    resume: resumed,
  },
  {
    name: "flyte",
    what: 'local run, cache="auto"',
    packages: { pip: ["flyte==2.12.1"] },
    env: ({ work }) => ({ HOME: work }),
    state: [".flyte"],
    run: pipe,
    again: (place, count) => pipe(place, "sequence", count),
    resume: (place) => pipe(place, "sequence", 10),
  },
  {
    name: "prefect",
    what: "running server, INPUTS + TASK_SOURCE",
    // later versions of fastapi do not start its server
    packages: { pip: ["prefect==3.8.8", "fastapi==0.139.2"] },
    env: ({ work, ports: [port] }) => ({ PREFECT_HOME: `${work}/.prefect`, PREFECT_API_URL: `http://127.0.0.1:${port}/api` }),
    server: ({ bin, ports: [port] }) => [bin("prefect"), "server", "start", "--port", String(port), "--no-ui"],
    state: [".prefect/storage"],
    run: pipe,
    again: (place, count) => pipe(place, "sequence", count),
    resume: (place) => pipe(place, "sequence", 10),
  },
  {
    name: "dagster",
    what: "assets, in process",
    packages: { pip: ["dagster==1.13.29"] },
    env: ({ work }) => ({ DAGSTER_HOME: `${work}/home` }),
    prepare: () => ["sh", "-c", "mkdir -p home && printf 'telemetry:\\n  enabled: false\\n' > home/dagster.yaml"],
    run: (place, work, count) => ["env", `KIND=${work}`, `N=${count}`, ...python(place, "pipe.py")],
    killed: (place) => ["env", "KIND=sequence", "N=10", ...python(place, "pipe.py", "job")],
    resume: (place) => ["env", "KIND=sequence", "N=10", ...python(place, "pipe.py", "resume")],
  },
  {
    name: "zenml",
    what: "local stack, cached steps",
    packages: { pip: ["zenml[local]==0.98.0"] },
    env: ({ work }) => ({ ZENML_CONFIG_PATH: `${work}/.zen` }),
    state: [".zen"],
    warm: (place) => pipe(place, "tasks", 1),
    run: pipe,
    again: (place, count) => pipe(place, "sequence", count),
    resume: (place) => pipe(place, "sequence", 10),
  },
  {
    name: "dvc",
    what: "dvc repro, helper not declared",
    packages: { pip: ["dvc==3.67.1"] },
    prepare: ({ bin }) => [bin("dvc"), "init", "--no-scm", "-q"],
    generate: (place, work, count) => python(place, "generate.py", work, String(count)),
    state: ["out", "dvc.lock", ".dvc/cache", ".dvc/tmp"],
    run: ({ bin }) => [bin("dvc"), "repro", "-q"],
    again: ({ bin }) => [bin("dvc"), "repro", "-q"],
    resume: ({ bin }) => [bin("dvc"), "repro", "-q"],
  },
  {
    name: "metaflow",
    what: "local, `resume` as the run again",
    packages: { pip: ["metaflow==2.19.39"] },
    env: ({ work }) => ({ METAFLOW_HOME: `${work}/.config`, METAFLOW_DATASTORE_SYSROOT_LOCAL: work }),
    generate: (place, work, count) => python(place, "generate.py", work, String(count)),
    state: [".metaflow"],
    run: (place, work) =>
      python(place, `${work}.py`, "run", ...(work === "tasks" ? ["--max-num-splits", "300", "--max-workers", "2"] : [])),
    again: (place) => python(place, "sequence.py", "resume"),
    unseen: "not re-run",
    resume: (place) => python(place, "sequence.py", "resume"),
  },
];
