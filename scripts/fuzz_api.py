"""Ask the API of `glfnet serve` what its own schema allows, and what it does not, by schemathesis.

    pip install schemathesis==4.32.5
    python scripts/fuzz_api.py --examples 60

Requests go to the application in this process, over no network. A job with an answer and a folder of runs are there;
four of five requests name them. What would start work (a video that is taken in, a question to a network) is answered
by a stand-in: here the addresses are tried, not the work. It prints how many requests had which status, the slowest,
and every answer of 500 or above other than 503, which says that there is no room; exit status 1 if there is one, or a
path in an answer.

schemathesis brings eleven packages, so it is in no extra; `tests/web/test_api_fuzz.py` does less of the same with every
suite.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

from glfnet.web.app import create_app
from glfnet.web.jobs import Jobs
from glfnet.web.limits import Limits
from glfnet.web.runs import Runs

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "made_by_earlier_versions" / "0.1.0"
_REAL = 5  # one request of so many keeps the made-up id


class Asked:
    """What came of all requests."""

    def __init__(self, job: str, run: str, secret: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.slowest_s = 0.0
        self._ids, self._secret, self._count = {"job": job, "run": run}, secret, 0

    def ask(self, case: Any, name: str) -> None:
        """Send one request and keep what matters of the answer."""
        self._count += 1
        if self._count % _REAL:
            for parameter in set(self._ids) & set(case.path_parameters or {}):
                case.path_parameters[parameter] = self._ids[parameter]
        began_s = time.monotonic()
        answer = case.call()
        self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append(f"{name}: {answer.status_code} {answer.content[:200]!r}")
        if self._secret.encode() in answer.content:
            self.faults.append(f"{name}: a path of this machine in an answer")


def main() -> int:
    """Ask, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=60, help="of each address, valid and invalid ones each")
    arguments = parser.parse_args()
    try:
        import schemathesis
    except ImportError:
        print("fuzz_api needs schemathesis: pip install schemathesis==4.32.5")
        return 1
    sys.path.insert(0, str(ROOT / "tests"))
    from made_up_jobs import answered_job

    with tempfile.TemporaryDirectory() as root, Jobs(_new_folder(root, "jobs"), Limits()) as jobs:
        shutil.copytree(KEPT / "run", Path(root) / "runs" / "run")
        job, runs = answered_job(jobs), Runs(Path(root) / "runs")
        app = create_app(_idle(jobs), runs)
        asked = Asked(job, runs.listed()[0]["id"], root)
        for found in schemathesis.openapi.from_asgi("/api/openapi.json", app).get_all_operations():
            operation = found.ok()
            name = f"{operation.method.upper()} {operation.path}"
            for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
                with suppress(Unsatisfiable):  # an address without parameters cannot be asked wrongly
                    _drawn(operation.as_strategy(generation_mode=mode), name, asked.ask, arguments.examples)()
    statuses = ", ".join(f"{count} of {status}" for status, count in sorted(asked.statuses.items()))
    print(f"{asked.statuses.total()} requests: {statuses}; the slowest took {asked.slowest_s:.2f} s.")
    print("\n".join(asked.faults) or "No answer of 500 or above, and no path.")
    return 1 if asked.faults else 0


def _new_folder(root: str, name: str) -> Path:
    folder = Path(root) / name
    folder.mkdir()
    return folder


def _drawn(strategy: Any, name: str, ask: Callable[[Any, str], None], examples: int) -> Callable[[], None]:
    @seed(0)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    @given(case=strategy)
    def run(case: Any) -> None:
        ask(case, name)

    return run


def _idle(jobs: Jobs) -> Jobs:
    """Let jobs start no work, and lose none."""
    stand_ins = {
        "answer": lambda *_, **__: {"failed": "a stand-in"},
        "new_folder": lambda: None,
        "remove": lambda _: None,
    }
    for name, stand_in in stand_ins.items():
        setattr(jobs, name, stand_in)
    return jobs


if __name__ == "__main__":
    sys.exit(main())
