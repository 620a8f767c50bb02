"""The report: complete, self-contained, escaped, and the two kinds of score never mixed."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glfnet.errors import InputError
from glfnet.report.figures import seed_scores
from glfnet.report.page import write_report
from glfnet.report.published import KIND_NAMES, published_rows
from glfnet.report.run_files import metrics_document
from glfnet.report.run_info import DataInfo, Exclusion, ModelInfo, ProtocolInfo, RunInfo
from glfnet.scores.chance import ChanceLevel
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import UNDEFINED
from glfnet.scores.run_scores import RunScores, ScopeScores
from glfnet.scores.score_run import confusion_of, score_run
from whole_pages import faults_of

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The page as elements that know their attributes, the ids around them and their text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[dict[str, Any]] = []
        self.elements: list[dict[str, Any]] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every element must be closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = [e["attrs"].get("id") for e in self.open] + [c for e in self.open for c in e["classes"]]
        element: dict[str, Any] = {"tag": tag, "attrs": dict(attrs), "text": "", "around": around}
        element["classes"] = (element["attrs"].get("class") or "").split()
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] += data

    def one(self, name: str) -> dict[str, Any]:
        (found,) = [e for e in self.elements if e["attrs"].get("id") == name]
        return found

    def scores(self) -> list[tuple[str, dict[str, Any]]]:
        return [(e["attrs"]["data-score"], e) for e in self.elements if "data-score" in e["attrs"]]


def some_predictions(seeds: int = 2) -> Predictions:
    draw = np.random.default_rng(0)
    clips = [f"{d}/{s:02d}/c{c}" for d in ("casme2", "samm") for s in range(4) for c in range(6)]
    rows = len(clips) * seeds
    truth = np.tile(np.arange(len(clips)) % 3, seeds)
    wrong = draw.random(rows)
    return Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(clips * seeds),
        fold=np.array([c.rsplit("/", 1)[0] for c in clips] * seeds),
        seed=np.repeat(np.arange(seeds), len(clips)),
        truth=truth,
        probabilities=np.full((rows, 3), 1 / 3),
        prediction=np.where(wrong < 0.4, (truth + 1) % 3, truth),
        test_selected_prediction=np.where(wrong < 0.15, (truth + 1) % 3, truth),
    )


def some_run(**changes: Any) -> RunInfo:
    run = RunInfo(
        glfnet="0.1.0",
        title="GLFNet on test data",
        settings={"model": {"kind": "glfnet", "grid": [2, 2], "dropout": 0.3}, "training": {"mirror_test": True}},
        sources={"model.grid": "paper", "model.dropout": "ours"},
        data=DataInfo(source="made-up maps", digest="ab" * 32, samples=48),
        versions={"torch": "2.13.0"},
        command="glfnet evaluate maps --out runs/x",
        model=ModelInfo(name="GLFNet", parameters=32451),
        protocol=ProtocolInfo(name="cde", folds=8),
    )
    return replace(run, **changes)


SCORES = score_run(some_predictions(), looks=10, resamples=50)
METRICS = metrics_document(SCORES)


def page_of(folder: Path, scores: RunScores = SCORES, **changes: Any) -> Page:
    return Page(write_report(folder, some_predictions(), scores, some_run(**changes)).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("run") / "new"
    assert write_report(where, some_predictions(), SCORES, some_run(), 431.2) == where / "report.html"
    return where


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.mark.slow
def test_a_report_is_one_page_with_its_figures_and_tables_and_nothing_half_written(folder: Path) -> None:
    figures = [
        f"figures/{name}.{kind}" for name in ("scores", "seeds", "confusion", "subjects") for kind in ("svg", "png")
    ]
    names = ("scores", "classes", "subjects")
    tables = [
        *(f"tables/{n}.{kind}" for n in names for kind in ("csv", "tex")),
        "tables/seeds.csv",
        "tables/confusion.csv",
    ]
    written = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert written == {"report.html", *figures, *tables}


@pytest.mark.slow
def test_the_page_needs_nothing_outside_itself(page: Page, html: str) -> None:
    assert not {e["tag"] for e in page.elements} & {"script", "link", "img", "iframe", "object"}
    links = [v for e in page.elements for k, v in e["attrs"].items() if k in ("href", "src", "xlink:href")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"@import|url\((?!#)", html)


@pytest.mark.slow
def test_the_page_is_whole_readable_aloud_and_in_order(html: str) -> None:
    assert faults_of(html) == []


@pytest.mark.slow
def test_every_figure_has_a_table_behind_it(page: Page) -> None:
    rows = ["".join(e["text"].split()) for e in page.elements if e["tag"] == "tr"]
    seeds = seed_scores(some_predictions())["full"]
    for kind, dagger in (("fixed", ""), ("test_selected", "†")):
        values = "".join(f"{value:.3f}{dagger}" for value in seeds[kind])  # type: ignore[index]
        assert f"Alldatabases{values}" in rows
    (counts,) = confusion_of(some_predictions())[:1].tolist()
    assert f"Alldatabasesnegative{''.join(map(str, counts))}" in rows


@pytest.mark.slow
def test_identifiers_are_unique_and_links_lead_somewhere(page: Page) -> None:
    ids = [e["attrs"]["id"] for e in page.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    assert {e["attrs"]["href"][1:] for e in page.elements if e["tag"] == "a"} <= set(ids)


@pytest.mark.slow
def test_the_page_follows_its_order(page: Page) -> None:
    sections = [e["attrs"]["id"] for e in page.elements if e["tag"] == "section"]
    assert sections == ["scores", "databases", "published", "details", "warnings", "settings", "repeat", "limits"]


@pytest.mark.slow
def test_every_score_shown_is_that_of_the_metrics_to_three_decimals(page: Page) -> None:
    seen = set()
    for key, element in page.scores():
        kind, scope, metric = key.split(".")
        score = METRICS[kind][scope][metric]
        parts = [score] if kind == "chance_of_selection" else [score[p] for p in ("mean", "sd", "low", "high")]
        assert re.findall(r"\d\.\d+", element["text"]) == [f"{p:.3f}" for p in parts], key
        seen.add(key)
    kinds, scopes, metrics = (
        ("fixed", "test_selected", "chance_of_selection"),
        ("full", "casme2", "samm"),
        METRICS["fixed"]["full"],
    )
    assert seen == {f"{k}.{s}.{m}" for k in kinds for s in scopes for m in metrics}


@pytest.mark.slow
def test_the_two_kinds_never_share_a_box(page: Page) -> None:
    for key, element in page.scores():
        honest, selected = "honest" in element["around"], "selected" in element["around"]
        assert (honest, selected) == (key.startswith("fixed."), not key.startswith("fixed.")), key


@pytest.mark.slow
def test_a_dagger_marks_every_test_selected_number_and_no_honest_one(page: Page) -> None:
    for key, element in page.scores():
        assert ("†" in element["text"]) == (not key.startswith("fixed.")), key


@pytest.mark.slow
def test_each_kind_is_named_for_what_it_is(page: Page) -> None:
    for name, kind in (("honest", "fixed"), ("test-selected", "test_selected")):
        assert KIND_NAMES[kind].capitalize() in page.one(name)["text"]  # type: ignore[index]
    assert "This is the score to report" in page.one("honest")["text"]
    assert "best of 10 draws" in page.one("test-selected")["text"]


@pytest.mark.slow
def test_published_rows_stand_beside_the_kind_they_may_be_compared_with(page: Page) -> None:
    expected = {"no": (True, False), "yes": (False, True), "unknown": (False, False)}
    cells = {e["text"]: e["around"] for e in page.elements if e["tag"] == "th" and "published" in e["around"]}
    for row in published_rows():
        around = cells[row.name]
        assert ("honest" in around, "selected" in around) == expected[row.selected_on_test_subject], row.name
    own = [e["around"] for e in page.elements if e["text"] == "This run" and e["tag"] == "th"]
    assert [("honest" in around, "selected" in around) for around in own] == [(True, False), (False, True)]


@pytest.mark.slow
def test_the_numbers_of_this_run_beside_published_ones_are_those_of_its_kind(page: Page) -> None:
    rows = [e for e in page.elements if e["tag"] == "tr" and "own" in e["classes"]]
    for row, kind in zip(rows, ("fixed", "test_selected"), strict=True):
        shown = re.findall(r"\d\.\d{3}", row["text"])
        assert shown == [f"{METRICS[kind][s]['uf1']['mean']:.3f}" for s in ("full", "casme2", "samm")]


@pytest.mark.slow
def test_a_run_on_other_clips_than_the_papers_is_told_apart(page: Page) -> None:
    assert "This run scored 48 clips of 8 subjects: its row is not comparable" in page.one("published")["text"]


@pytest.mark.slow
def test_published_numbers_never_stand_beside_made_up_or_other_clips(tmp_path: Path) -> None:
    there = some_predictions()
    made_up = np.array([name.replace("casme2", "synth") for name in there.sample_id])
    predictions = replace(there, sample_id=made_up, fold=np.array([f.replace("casme2", "synth") for f in there.fold]))
    text = write_report(tmp_path, predictions, score_run(predictions, looks=10, resamples=50), some_run()).read_text()
    assert "published" not in [e["attrs"]["id"] for e in Page(text).elements if e["tag"] == "section"]
    assert not [name for name in ("HTNet", "CausalNet", "RCN-A", "Bi-WOOF", "Entropy 2025") if name in text]


@pytest.mark.slow
def test_a_run_under_another_protocol_has_no_row_among_the_papers(tmp_path: Path) -> None:
    page = page_of(tmp_path, protocol=ProtocolInfo(name="sde", folds=8))
    assert "This run" not in [e["text"] for e in page.elements if e["tag"] == "th"]
    assert "follows another protocol" in page.one("published")["text"]


@pytest.mark.slow
def test_five_classes_of_one_database_stand_beside_the_papers_that_score_them(tmp_path: Path) -> None:
    clips = [f"samm/{s:03d}/c{c}" for s in range(4) for c in range(5)]
    truth = np.arange(20) % 5
    predictions = Predictions(
        classes=("anger", "happiness", "surprise", "contempt", "other"),
        sample_id=np.array(clips),
        fold=np.array([c.rsplit("/", 1)[0] for c in clips]),
        seed=np.zeros(20, dtype=np.int64),
        truth=truth,
        probabilities=np.full((20, 5), 0.2),
        prediction=np.where(np.arange(20) < 6, 0, truth),
        test_selected_prediction=truth,
    )
    scores = score_run(predictions, looks=4, resamples=20)
    run = some_run(protocol=ProtocolInfo(name="sde", folds=4))
    page = Page(write_report(tmp_path, predictions, scores, run).read_text(encoding="utf-8"))
    assert "Beside published numbers (SAMM, five classes)" in page.one("published")["text"]
    assert "This run scored 20 clips of 4 subjects." in page.one("published")["text"]
    assert f"Accuracy{scores.fixed['full'].accuracy.mean:.3f}" in "".join(page.one("honest")["text"].split())
    around = {e["text"]: e["around"] for e in page.elements if e["tag"] == "th" and "published" in e["around"]}
    assert "selected" in around["MMNet"]
    assert not {"honest", "selected"} & set(around["Graph-TCN"])
    assert "HTNet" not in around
    rows = [e["text"] for e in page.elements if e["tag"] == "tr" and "own" in e["classes"]]
    for text, kind in zip(rows, (scores.fixed, scores.test_selected), strict=True):
        shown = [f"{kind['full'].of(metric).mean:.3f}" for metric in ("accuracy", "uf1")]
        assert re.findall(r"\d\.\d{3}", text) == shown


@pytest.mark.slow
def test_the_first_sentence_says_what_was_run(page: Page) -> None:
    assert (
        "GLFNet was trained and scored under the composite protocol (CDE: leave one subject out over all databases "
        "together): 48 clips of 8 subjects from CASME II and SAMM, 8 folds, 2 seeds."
    ) in [e["text"] for e in page.elements if "lead" in e["classes"]]


@pytest.mark.slow
def test_settings_are_shown_with_their_source_and_a_missing_source_is_said(page: Page) -> None:
    rows = [
        re.split(r"\s{2,}|\n", e["text"].strip())
        for e in page.elements
        if e["tag"] == "tr" and "settings" in e["around"]
    ]
    text = ["".join(row) for row in rows]
    assert "grid2, 2paper" in text
    assert "dropout0.3ours" in text
    assert "kindglfnetnot stated" in text
    assert "mirror_testyesnot stated" in text


@pytest.mark.slow
def test_the_page_says_how_to_repeat_the_run(page: Page) -> None:
    shown = page.one("repeat")["text"]
    for text in (
        "glfnet evaluate maps --out runs/x",
        "ab" * 32,
        "32 451 parameters",
        "7 min 11 s",
        "torch 2.13.0",
        "0, 1",
    ):
        assert text in shown
    assert "FLOPs" not in shown


@pytest.mark.slow
def test_the_page_says_what_it_cannot_do_and_that_licences_bind(page: Page) -> None:
    assert "This is no lie detector" in page.one("limits")["text"]
    assert "licence binds whoever uses it" in page.one("limits")["text"]


@pytest.mark.slow
def test_a_run_without_warnings_says_so(page: Page) -> None:
    assert "None: no leak found" in page.one("warnings")["text"]
    assert not [e for e in page.elements if "alarm" in e["classes"]]


@pytest.mark.slow
def test_every_warning_is_shown_and_announced_at_the_top(tmp_path: Path) -> None:
    data = replace(
        some_run().data,
        leaks=("01 and 02 share clips.",),
        notes=("Two clips fewer.",),
        exclusions=(Exclusion(sample_id="casme2/04/EP12_01f", reason="not in MEGC2019"),),
    )
    page = page_of(tmp_path, replace(SCORES, undefined=("samm: no true sample of surprise.",)), data=data)
    shown = page.one("warnings")["text"]
    for text in ("01 and 02 share clips.", "Two clips fewer.", "casme2/04/EP12_01f", "not in MEGC2019", "of surprise."):
        assert text in shown
    assert any("1 clip: not in MEGC2019" in e["text"] for e in page.elements if e["tag"] == "summary")
    top = next(e for e in page.elements if e["tag"] == "header")
    assert "Read the warnings" in top["text"]
    assert "1 on leaks" in top["text"]


@pytest.mark.slow
def test_an_undefined_score_is_called_undefined(tmp_path: Path) -> None:
    def undefined(scored: ScopeScores) -> ScopeScores:
        return ScopeScores({**scored.by_metric, "uf1": UNDEFINED})

    def without(scored: Mapping[str, ScopeScores]) -> dict[str, ScopeScores]:
        return {**scored, **{scope: undefined(scored[scope]) for scope in ("full", "samm")}}

    scores = replace(
        SCORES,
        fixed=without(SCORES.fixed),
        test_selected=without(SCORES.test_selected),
        chance={**SCORES.chance, "full": ChanceLevel({**SCORES.chance["full"].by_metric, "uf1": math.nan})},
    )
    shown = {key: e["text"].replace("†", "").strip() for key, e in page_of(tmp_path, scores).scores()}
    for key in ("fixed.full.uf1", "fixed.samm.uf1", "test_selected.samm.uf1", "chance_of_selection.full.uf1"):
        assert shown[key] == "undefined"
    assert shown["fixed.full.uar"].startswith(f"{METRICS['fixed']['full']['uar']['mean']:.3f}")


@pytest.mark.slow
def test_one_seed_has_no_spread(tmp_path: Path) -> None:
    predictions = some_predictions(seeds=1)
    scores = score_run(predictions, looks=2, resamples=20)
    page = Page(write_report(tmp_path, predictions, scores, some_run()).read_text(encoding="utf-8"))
    assert "One seed, so there is no spread between seeds" in page.one("honest")["text"]
    assert "±" not in "".join(e["text"] for _, e in page.scores())


@pytest.mark.slow
def test_a_model_without_epochs_has_no_test_selected_score_anywhere(tmp_path: Path) -> None:
    scores = score_run(some_predictions(), looks=1, resamples=20)
    page = page_of(tmp_path, scores)
    assert (
        "No epochs were compared on held-out clips, so this run has no test-selected score"
        in page.one("honest")["text"]
    )
    assert {key.split(".")[0] for key, _ in page.scores()} == {"fixed"}
    assert [e["around"].count("honest") for e in page.elements if e["text"] == "This run" and e["tag"] == "th"] == [1]
    for file in (tmp_path / "tables").iterdir():
        assert not re.search(r"test.selected|chance", file.read_text(encoding="utf-8").lower()), file.name
    for file in (tmp_path / "figures").glob("*.svg"):
        assert "selected" not in file.read_text(encoding="utf-8"), file.name


@pytest.mark.slow
def test_hostile_names_stay_text(tmp_path: Path) -> None:
    predictions = some_predictions()
    named = np.array([s.replace("samm/00", f"samm/{HOSTILE.replace('/', '')}") for s in predictions.sample_id])
    predictions = replace(predictions, sample_id=named, classes=("negative", "<b>bold", "surprise"))
    run = some_run(title=HOSTILE, command=f"glfnet evaluate '{HOSTILE}'", settings={"<i>x": {"<u>": HOSTILE}})
    exclusion = Exclusion(sample_id=HOSTILE, reason=HOSTILE)
    data = replace(run.data, leaks=(HOSTILE,), exclusions=(exclusion,), source=HOSTILE)
    scores = replace(score_run(predictions, looks=2, resamples=20), undefined=(HOSTILE,))
    html = write_report(tmp_path, predictions, scores, replace(run, data=data)).read_text(encoding="utf-8")
    page = Page(html)
    assert not {e["tag"] for e in page.elements} & {"script", "b", "i", "u"}
    assert next(e["text"] for e in page.elements if e["tag"] == "h1") == HOSTILE
    assert HOSTILE in page.one("repeat")["text"]
    assert html.count("&lt;script&gt;alert(1)") >= 7


@pytest.mark.slow
def test_what_may_be_absent_is_left_out_and_the_page_is_still_written(tmp_path: Path) -> None:
    page = page_of(
        tmp_path, model=ModelInfo(name="majority"), data=DataInfo(source="maps", digest="0"), sources={}, versions={}
    )
    assert "parameters" not in page.one("repeat")["text"]
    assert "not recorded" in page.one("repeat")["text"]


@pytest.mark.slow
def test_a_second_report_of_the_same_run_is_the_same_to_the_byte(tmp_path: Path, html: str) -> None:
    again = write_report(tmp_path, some_predictions(), SCORES, some_run(), 431.2)
    assert again.read_text(encoding="utf-8") == html


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(InputError) as raised:
        write_report(tmp_path, some_predictions(), SCORES, some_run())
    assert str(raised.value) == (
        f"{tmp_path / 'figures' / 'scores.svg'}: found a place that cannot be written (File exists); expected a "
        "writable one with room. Make room or name another folder; nothing of the run is lost."
    )


@pytest.mark.slow
def test_a_report_that_fails_half_way_keeps_the_earlier_page(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("earlier")
    (tmp_path / "tables" / "subjects.csv").mkdir(parents=True)  # cannot be replaced by a file
    with pytest.raises(InputError, match=r"subjects\.csv: found a place .* \(Is a directory\)"):
        write_report(tmp_path, some_predictions(), SCORES, some_run())
    assert (tmp_path / "report.html").read_text() == "earlier"
    assert not list(tmp_path.rglob(".*.part"))
