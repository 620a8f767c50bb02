"""What papers report for spotting, and beside which runs it stands."""

import math
from pathlib import Path

import pytest

from glfnet.labels import MACRO, MICRO
from glfnet.report.published_spotting import PUBLISHED_VIDEOS, published_spotting
from glfnet.report.spotting_page import PUBLISHED_KINDS, published_on, spotting_page
from glfnet.scores.spotting.answered_videos import BOTH, AnsweredVideo, score_answers
from glfnet.scores.spotting.expressions import Expression
from glfnet.video_sets.score import score

DATABASES = ("casme_sq", "samm_long", "casme3_long")
LOG = Path(__file__).parents[3] / "shared" / "data" / "spotting" / "megc2020_baseline_log.txt"


@pytest.mark.parametrize("database", DATABASES)
def test_every_number_says_how_it_was_obtained_and_where_it_is_from(database: str) -> None:
    rows = published_spotting(database)
    assert [row.year for row in rows] == sorted(row.year for row in rows)
    for row in rows:
        assert row.database == database
        assert row.how.endswith("."), row
        assert row.source
        assert set(row.f1) <= set(PUBLISHED_KINDS) == {MICRO, MACRO, BOTH}
        numbers = [*row.f1.values(), *([row.strs] if row.strs else [])]
        assert numbers
        assert all(0 < float(number) < 1 for number in numbers)


@pytest.mark.parametrize("database", ["", "mine", "casme2", "SAMM Long Videos"])
def test_another_database_has_no_published_rows(database: str) -> None:
    assert published_spotting(database) == ()


def test_the_baselines_hits_and_false_alarms_give_the_f1_that_is_published() -> None:
    counts = {"casme_sq": ((109, 1414, 191), (21, 5014, 36)), "samm_long": ((22, 334, 321), (29, 1407, 130))}
    for database, ((*macro,), (*micro,)) in counts.items():
        (row,) = [row for row in published_spotting(database) if row.method == "MDMD"]
        summed = [a + b for a, b in zip(macro, micro, strict=True)]
        for kind, (found, false, missed) in ((MACRO, macro), (MICRO, micro), (BOTH, summed)):
            f1 = 2 * found / (2 * found + false + missed)
            assert math.isclose(f1, float(row.f1[kind]), abs_tol=6e-5), (database, kind)


@pytest.mark.slow
@pytest.mark.skipif(not LOG.is_file(), reason=f"the log of MEGC 2020's baseline is not at {LOG}")
def test_the_log_of_the_baseline_is_of_as_many_videos_as_we_say() -> None:
    videos = {row.database: row.videos for row in score(LOG).rows}
    assert set(videos.values()) == set(PUBLISHED_VIDEOS.values())


def page_of(database: str) -> str:
    one = Expression(onset_index=0, apex_index=2, offset_index=9)
    video = AnsweredVideo(database=database, subject="", video="v", true=(one,), spotted=(one,))
    return spotting_page(score_answers([video], (), resamples=5), "long.csv", [])


def test_published_rows_stand_only_beside_a_run_over_their_database() -> None:
    page = page_of("casme_sq")
    assert "Published for this database" in page
    assert "<td>0.0082</td><td>0.1196</td><td>0.0376</td><td></td><td>The baseline of MEGC 2020." in page
    assert "arXiv 1912.11985" in page
    assert "0.0445" not in page, "a number of SAMM Long Videos"
    assert "Published" not in page_of("mine")


def test_a_run_over_fewer_videos_than_the_published_ones_is_told_so() -> None:
    said = "Published tables are of 98 videos, this run is of 3: their numbers are not comparable."
    assert published_on("casme_sq", 3) == said
    assert (published_on("casme_sq", 98), published_on("casme3_long", 3)) == ("", "")
    assert "this run is of 1" in page_of("casme_sq")
