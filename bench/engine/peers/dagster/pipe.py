"""pipe.py [job|resume], KIND and N in the environment: assets materialized in process, results kept by the default file IO manager.

`job` runs them as a job with the same executor, which `resume` can execute again from its failure.
"""

import os
import sys

import dagster as dg
from helper import inc
from steplog import mark

KIND, N = os.environ["KIND"], int(os.environ["N"])


def sequence_asset(i):
    if i == 1:

        @dg.asset(name="s1")
        def asset():
            with mark(1):
                return inc({"n": 0})
    else:

        @dg.asset(name=f"s{i}", ins={"d": dg.AssetIn(f"s{i - 1}")})
        def asset(d):
            with mark(i):
                return inc(d)

    return asset


def task_asset(i):
    @dg.asset(name=f"t{i}")
    def asset():
        return inc({"n": i})

    return asset


ASSETS = [(sequence_asset if KIND == "sequence" else task_asset)(i) for i in range(1, N + 1)]
defs = dg.Definitions(assets=ASSETS, jobs=[dg.define_asset_job("all", executor_def=dg.in_process_executor)])


def job():
    return defs.resolve_job_def("all")


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "materialize"
    with dg.DagsterInstance.get() as instance:
        if mode == "materialize":
            ended = dg.materialize(ASSETS, instance=instance)
        elif mode == "job":
            ended = dg.execute_job(dg.reconstructable(job), instance=instance)
        else:
            last = instance.get_run_records(limit=1)[0].dagster_run
            if not last.is_finished:
                instance.report_run_failed(last)  # what its UI's "mark as failed" does
            options = dg.ReexecutionOptions.from_failure(last.run_id, instance)
            ended = dg.execute_job(dg.reconstructable(job), instance=instance, reexecution_options=options)
        sys.exit(0 if ended.success else 1)
