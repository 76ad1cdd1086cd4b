"""`kill -9` in the middle of a step: what was done before is kept, the step itself goes on."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from privrag_finetune.workflow.ledger import Ledger
from tests.finetune.questions.made import Scribe, honest
from tests.finetune.workflow.flows import CountingTrainer, flow, in_rooms, states, states_of_runs

ROOT = Path(__file__).parents[3]


class Deadly(CountingTrainer):
    """Kills its process when it is called."""

    async def __call__(self, rag, order, *, measure=True):
        os.kill(os.getpid(), signal.SIGKILL)


def killed(folder):
    """What the child does."""
    in_rooms(Path(folder), lambda rag: flow(rag, Deadly()))


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path):
    script = f"from tests.finetune.workflow.test_killed import killed; killed({str(tmp_path)!r})"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    nobody = Scribe(honest, fail_after=0)

    async def work(rag):
        with closing(Ledger(rag.home)) as ledger:
            before = states_of_runs(rag.home), [(s.step, s.state) for s in ledger.steps_of(1)]
            done = await flow(rag, CountingTrainer(), writer=nobody)
            return before, states(done), [s.state for s in ledger.steps_of(1)]

    (runs, first), found, noted = in_rooms(tmp_path, work)
    assert runs == ["running"], "a kill leaves no note"
    assert first[-1] == ("train", "running")
    kept = dict.fromkeys(("split", "synthesize", "filter", "feedback"), "kept")
    assert found == {**kept, **dict.fromkeys(("train", "evaluate", "report", "gate"), "done")}
    assert noted == ["done"] * 4 + ["killed"]
