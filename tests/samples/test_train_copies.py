"""Training copies against the clips that they copy."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glfnet.samples.flow_pictures import read_flow_picture
from glfnet.samples.train_copies import LabelledPicture, fold_disagreements

ADVICE = (
    "expected the clips of all other subjects' u_test and nothing else. "
    "Delete u_train, which repeats the other folders and is not needed, or correct this copy of the data."
)


def a_clip(folder: Path, name: str, label: str, number: int) -> LabelledPicture:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(abs(number)).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    if number < 0:  # no movement
        pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{name} .png")
    return LabelledPicture(label=label, picture=read_flow_picture(folder / f"{name} .png"))


class Fold:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.own = [a_clip(root / "own", "own1", "negative", 1)]
        self.others = [a_clip(root / "others", f"other{i}", "positive", 10 + i) for i in range(3)]
        self.copies = [(clip.label, clip.picture.path) for clip in self.others]

    def problems(self) -> list[str]:
        found = fold_disagreements(Path("u_train"), self.copies, own=self.own, others=self.others)
        return [str(problem) for problem in found]


@pytest.fixture
def fold(tmp_path: Path) -> Fold:
    return Fold(tmp_path)


def test_faithful_copies_have_no_problem(fold: Fold) -> None:
    assert fold.problems() == []


def test_a_missing_copy_is_named(fold: Fold) -> None:
    del fold.copies[1]
    assert fold.problems() == [f"u_train: found 1 picture of other subjects missing (other1); {ADVICE}"]


def test_many_missing_copies_are_counted_and_five_are_named(fold: Fold) -> None:
    fold.others += [a_clip(fold.root / "more", f"more{i}", "negative", 30 + i) for i in range(7)]
    named = "more0, more1, more2, more3, more4 and 2 more"
    assert fold.problems() == [f"u_train: found 7 pictures of other subjects missing ({named}); {ADVICE}"]


def test_a_clip_of_nobody_is_named(fold: Fold) -> None:
    fold.copies.append(("negative", a_clip(fold.root / "x", "stranger", "negative", 50).picture.path))
    assert fold.problems() == [f"u_train: found 1 picture that no other subject's u_test has (stranger); {ADVICE}"]


def test_another_label_is_named(fold: Fold) -> None:
    fold.copies[0] = ("surprise", fold.copies[0][1])
    assert fold.problems() == [f"u_train: found 1 picture under another label than in u_test (other0); {ADVICE}"]


def test_other_pixels_are_named(fold: Fold) -> None:
    fold.copies[0] = ("positive", a_clip(fold.root / "x", "other0", "positive", 60).picture.path)
    found = "found 1 picture whose pixels differ from the same clip in u_test (other0)"
    assert fold.problems() == [f"u_train: {found}; {ADVICE}"]


def test_the_held_out_subjects_own_map_is_found_under_any_name_and_comes_first(fold: Fold) -> None:
    fold.copies[0] = ("positive", a_clip(fold.root / "x", "other0", "positive", 1).picture.path)
    fold.copies[1] = ("surprise", fold.copies[1][1])
    own = "found 1 picture of the held-out subject's own clips: whatever is trained here has seen its test (other0)"
    problems = fold.problems()
    assert problems[0] == f"u_train: {own}; {ADVICE}"
    assert len(problems) == 2


def test_the_held_out_subjects_own_name_is_enough(fold: Fold) -> None:
    fold.copies.append(("negative", a_clip(fold.root / "x", "own1", "negative", 70).picture.path))
    assert "the held-out subject's own clips" in fold.problems()[0]


def test_two_people_without_movement_are_no_leak(fold: Fold) -> None:
    fold.own.append(a_clip(fold.root / "own", "own2", "negative", -1))
    still = a_clip(fold.root / "others", "still", "positive", -1)
    fold.others.append(still)
    fold.copies.append((still.label, still.picture.path))
    assert fold.problems() == []


def test_a_file_name_that_two_people_share_may_be_either(fold: Fold) -> None:
    twin = a_clip(fold.root / "twin", "other0", "negative", 80)
    fold.others.append(twin)
    fold.copies.append((twin.label, twin.picture.path))
    assert fold.problems() == []


def test_an_unreadable_copy_is_a_problem_of_its_own_and_not_missing(fold: Fold) -> None:
    fold.copies[0][1].write_text("x")
    (problem,) = fold.problems()
    assert "other0 .png: found an unreadable picture; expected an RGB picture" in problem
