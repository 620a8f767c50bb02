"""The page of a run over long videos."""

import numpy as np

from glfnet.report.spotting_page import VideoLine, spotting_page
from glfnet.scores.spotting.answered_videos import AnsweredVideo, SpottingScores, score_answers
from glfnet.scores.spotting.expressions import Expression


def test_every_number_of_the_page_is_one_of_the_scores_and_text_is_escaped() -> None:
    one, other = (Expression(onset_index=onset, apex_index=onset + 2, offset_index=onset + 9) for onset in (0, 50))
    video = AnsweredVideo(database="<mine>", subject="", video="<v>", true=(one, other), spotted=(one,))
    found = score_answers([video], ())
    scores = SpottingScores(rows=found.rows, notes=("3 < 4",))
    line = VideoLine(name="<v>", link="answers/<v>/report.html", micro=(2, 1, 1), macro=(0, 0, 0))
    page = spotting_page(scores, "<long>.csv", [line])
    for text in ("<v>", "<mine>", "<long>", "3 < 4"):
        assert text not in page
    assert "<h2>&lt;mine&gt;</h2>" in page
    assert '<a href="answers/%3Cv%3E/report.html">&lt;v&gt;</a>' in page
    assert "<td>2, 1, 1</td><td>0, 0, 0</td>" in page
    (row,) = scores.rows
    assert np.isnan(row.bounds["f1"].low), "one video gives no interval"
    cells = (2, 1, 0, 1, "1.000", "0.500", "0.667", "0.0", "undefined", "undefined")
    assert "".join(f"<td>{cell}</td>" for cell in cells) in page
