"""The published counts of MEGC2019."""

from collections.abc import Mapping

import numpy as np

from glfnet.samples.flow_set import FlowSet, Sample, flow_set
from glfnet.samples.megc2019 import CLIP_COUNTS, SUBJECT_COUNTS, count_differences
from glfnet.samples.subjects import SubjectId

CLASSES = ("negative", "positive", "surprise")


def published(counts: Mapping[str, tuple[int, int, int]] = CLIP_COUNTS) -> list[Sample]:
    samples = []
    for database, clips in counts.items():
        emotions = [name for name, count in zip(CLASSES, clips, strict=True) for _ in range(count)]
        for number, emotion in enumerate(emotions):
            subject = SubjectId(database, f"{number % SUBJECT_COUNTS[database]}")
            samples.append(Sample(subject=subject, clip=f"c{number}", emotion=emotion))
    return samples


def a_set(samples: list[Sample]) -> FlowSet:
    return flow_set(samples, [np.zeros((3, 1, 1), dtype=np.float32)] * len(samples), ("u", "v", "strain"))


def test_the_published_counts_add_up_to_those_of_the_challenge() -> None:
    totals = [sum(column) for column in zip(*CLIP_COUNTS.values(), strict=True)]
    assert totals == [250, 109, 83]
    assert sum(SUBJECT_COUNTS.values()) == 68


def test_the_published_counts_have_no_differences() -> None:
    assert count_differences(a_set(published())) == []


def test_a_database_that_is_absent_is_not_mentioned() -> None:
    assert count_differences(a_set([s for s in published() if s.subject.database == "smic"])) == []


def test_databases_that_are_not_of_the_challenge_are_not_mentioned() -> None:
    own = Sample(subject=SubjectId("own", "1"), clip="c", emotion="joy")
    assert count_differences(a_set([*published(), own])) == []


def test_the_databases_own_words_count_as_their_class() -> None:
    words = {"negative": "Disgust", "positive": "happiness", "surprise": "surprise"}
    samples = [
        Sample(subject=s.subject, clip=s.clip, emotion=words[s.emotion])
        for s in published()
        if s.subject.database == "casme2"
    ]
    assert count_differences(a_set(samples)) == []


def test_differences_are_plain_sentences() -> None:
    samples = [s for s in published() if s.subject.database == "casme2" and s.subject.name == "0"][:1]
    other = Sample(subject=samples[0].subject, clip="x", emotion="others")
    fear = Sample(subject=samples[0].subject, clip="y", emotion="fear")
    assert count_differences(a_set([*samples, other, fear])) == [
        "casme2: 1 subject, MEGC2019 has 24.",
        "casme2: 1 negative clip, MEGC2019 has 88.",
        "casme2: 0 positive clips, MEGC2019 has 32.",
        "casme2: 0 surprise clips, MEGC2019 has 25.",
        "casme2: 2 clips with an emotion that MEGC2019 leaves out (fear, others).",
    ]


def test_people_of_whom_every_clip_is_left_out_are_not_counted() -> None:
    left_out = Sample(subject=SubjectId("casme2", "99"), clip="x", emotion="others")
    assert count_differences(a_set([*published(), left_out])) == [
        "casme2: 1 clip with an emotion that MEGC2019 leaves out (others)."
    ]


def test_one_clip_too_many_is_told() -> None:
    extra = Sample(subject=SubjectId("samm", "0"), clip="x", emotion="contempt")
    assert count_differences(a_set([*published(), extra])) == ["samm: 93 negative clips, MEGC2019 has 92."]
