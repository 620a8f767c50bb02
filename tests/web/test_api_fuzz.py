"""Whatever is asked of the API, its answer is a value or a sentence: requests drawn from its schema, fit and unfit."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from glfnet.web.app import create_app
from glfnet.web.guard import Guard
from glfnet.web.jobs import Jobs
from glfnet.web.runs import Runs
from made_up_jobs import answered_job

KEPT = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"
REQUESTS = 25  # of each address
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def fitting(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw values that fit a JSON schema, and now and then, at any depth, one that does not."""
    return st.one_of(*[_fitting(schema, parts)] * 9, ANYTHING)


def _fitting(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _fitting(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return st.one_of(*(fitting(one, parts) for one in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            needed = set(schema.get("required", ()))
            of = {name: fitting(one, parts) for name, one in schema.get("properties", {}).items()}
            return st.fixed_dictionaries(
                {name: one for name, one in of.items() if name in needed},
                optional={name: one for name, one in of.items() if name not in needed},
            )
        case "array":
            return st.lists(fitting(schema["items"], parts), max_size=3)
        case "integer":
            return st.integers(schema.get("minimum"), min(120, schema.get("maximum", 120)))
        case "number":
            return st.floats(0, 1)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return st.text(max_size=40) | st.sampled_from(["person1", "<ANNOTATION_DOCUMENT/>", "onset,offset\n1,2\n", "a.eaf"])


@pytest.fixture(scope="module")
def asked(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str, str, str]]:
    root = tmp_path_factory.mktemp("fuzzed")
    shutil.copytree(KEPT / "run", root / "run")
    runs = Runs(root)
    patched = pytest.MonkeyPatch()
    job = answered_job(jobs)
    patched.setattr(jobs, "answer", lambda *_, **__: {"failed": "a stand-in"})
    patched.setattr(jobs, "new_folder", lambda: None)
    patched.setattr(jobs, "remove", lambda _: None)
    app = Guard(create_app(jobs, runs), "127.0.0.1")
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    yield client, job, runs.listed()[0]["id"], str(root.parent)
    patched.undo()


def drawn(ask: Callable[..., None], method: str, path: str, operation: dict[str, Any]) -> None:
    @seed(0)
    @settings(
        max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        ask(method, path, data, operation)

    run()


@pytest.mark.slow
def test_no_request_that_can_be_drawn_from_the_schema_makes_the_server_fail(
    asked: tuple[TestClient, str, str, str],
) -> None:
    client, job, run, secret = asked
    schema = client.get("/api/openapi.json").json()
    parts = schema["components"]["schemas"]
    statuses: Counter[int] = Counter()

    def ask(method: str, path: str, data: st.DataObject, operation: dict[str, Any]) -> None:
        known = data.draw(st.integers(0, 4)) > 0
        place = path.format(job=job if known else "nowhere", run=run if known else "nowhere")
        query = {
            one["name"]: data.draw(fitting(one["schema"], parts))
            for one in operation.get("parameters", ())
            if one["in"] == "query"
        }
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        sent = {} if body is None else {"json": data.draw(fitting(body, parts))}
        answer = client.request(method, place, params={name: str(value) for name, value in query.items()}, **sent)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500 or answer.status_code == 503, (method, place, query, sent, answer.text)
        assert secret not in answer.text

    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            drawn(ask, method, path, operation)
    assert statuses.total() > 300
    assert statuses[200] > 30
    assert statuses[422] > 30
