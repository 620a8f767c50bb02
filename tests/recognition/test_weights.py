import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import nn

from glfnet.config.settings import Settings
from glfnet.errors import InputError, ShapeError
from glfnet.flow.flow_map import normalised
from glfnet.flow.settings import FlowSettings
from glfnet.model.build import network_builder
from glfnet.model.classifiers import Ensemble, NetworkClassifier
from glfnet.recognition.card import Card, Features, card_digest
from glfnet.recognition.weights import PACKAGED, WEIGHTS, Trained, read_trained, write_trained
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample
from glfnet.samples.read import read_flow_set
from glfnet.samples.subjects import SubjectId
from glfnet.scores.calibration import calibrated
from glfnet.synthetic.fields.draw import draw_fields

FLOWS = Path(__file__).parents[3] / "shared" / "data" / "flows" / "norm_u_v_os_b"
FEATURES = Features(**FlowSettings().as_kept(), normalisation="min_max")
TINY = Settings.model_validate({"model": {"kind": "plain_cnn", "width": 4}})
CARD = Card(
    name="tiny", classes=("negative", "positive", "surprise"), features=FEATURES, settings=TINY, temperature=1.5
)


def tiny_networks(count: int = 2, settings: Settings = TINY) -> list[nn.Module]:
    build = network_builder(settings.model)
    networks = []
    for seed in range(count):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            networks.append(build(3, 3, (28, 28)).eval())
    return networks


def some_maps(n: int = 5, seed: int = 0) -> NDArray[np.float32]:
    """Return maps in pixels, as `flow_map` gives them: strain is never negative."""
    maps = np.random.default_rng(seed).normal(size=(n, 3, 28, 28)).astype(np.float32)
    maps[:, 2] = abs(maps[:, 2]) / 10
    return maps


def as_flow_set(maps: NDArray[np.float32]) -> FlowSet:
    samples = tuple(
        Sample(subject=SubjectId("own", "p1"), clip=f"{i:03d}", emotion="negative") for i in range(len(maps))
    )
    return FlowSet(samples=samples, maps=normalised(maps), channels=CHANNELS)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    write_trained(path, CARD, tiny_networks())
    return path


def rewritten_card(path: Path, **changes: Any) -> None:
    """Change the card's text as if it had been written so; None takes a line away."""
    file = path.with_suffix(".json")
    content = json.loads(file.read_text(encoding="utf-8")) | changes
    content["digest"] = card_digest(content)
    file.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")


def rewritten_tensors(path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    """Change the tensors and let the card name the new file."""
    tensors = load_file(path)
    change(tensors)
    content = save(tensors)
    path.write_bytes(content)
    rewritten_card(path, sha256=hashlib.sha256(content).hexdigest())


def test_what_is_written_is_read_again_by_either_name(written: Path) -> None:
    for name in (written, written.with_suffix(".json")):
        trained = read_trained(name)
        assert trained.card.members == len(trained.networks) == 2
        assert trained.card.sha256 == hashlib.sha256(written.read_bytes()).hexdigest()
        written_here = {name: getattr(trained.card, name) for name in ("members", "sha256", "digest")}
        assert trained.card == CARD.model_copy(update=written_here)
        assert not any(network.training for network in trained.networks)
        before = Trained(trained.card, tuple(tiny_networks()))
        np.testing.assert_array_equal(trained.probabilities(some_maps()), before.probabilities(some_maps()))


def test_equal_networks_and_cards_give_equal_bytes(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "tiny.json"
    write_trained(again, CARD, tiny_networks())
    assert again.read_bytes() == written.with_suffix(".json").read_bytes()
    assert again.with_suffix(".safetensors").read_bytes() == written.read_bytes()
    assert sorted(file.name for file in again.parent.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_maps_go_the_way_that_training_maps_go(written: Path) -> None:
    trained, maps = read_trained(written), some_maps()
    members = tuple(NetworkClassifier(network, TINY.input, mirror=True) for network in tiny_networks())
    averaged = Ensemble(members).predict_probabilities(as_flow_set(maps))
    np.testing.assert_allclose(trained.probabilities(maps), calibrated(averaged, 1.5), atol=1e-6)


def test_the_card_decides_on_the_mirrored_view(written: Path) -> None:
    both = read_trained(written).probabilities(some_maps())
    once = TINY.model_copy(update={"training": TINY.training.model_copy(update={"mirror_test": False})})
    write_trained(written, CARD.model_copy(update={"settings": once}), tiny_networks())
    assert abs(read_trained(written).probabilities(some_maps()) - both).max() > 1e-4


@pytest.mark.parametrize(
    ("section", "option", "value"), [("features", "method", "dis"), (None, "temperature", 1.0), (None, "classes", None)]
)
def test_a_card_that_was_edited_in_what_decides_an_answer_is_refused(
    written: Path, section: str | None, option: str, value: Any
) -> None:
    file = written.with_suffix(".json")
    document = json.loads(file.read_text(encoding="utf-8"))
    if section is not None:
        document[section][option] = value
    else:
        document[option] = value if value is not None else document[option][::-1]
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_trained(written)
    features = f"crop wide, crop_px 224, method {document['features']['method']}, size_px 28, rigid_correction False"
    assert str(caught.value) == (
        f"{file}: found a card that was changed after its weights were made (it now says {features}, normalisation "
        "min_max); expected classes, features, settings and temperature as they were written with the weights. Maps "
        f"made in another way need weights trained on such maps. {REMEDY}"
    )


def test_words_on_a_card_may_be_edited(written: Path) -> None:
    file = written.with_suffix(".json")
    document = json.loads(file.read_text(encoding="utf-8")) | {"about": "Ours.", "licence": "For research."}
    file.write_text(json.dumps(document, indent=4), encoding="utf-8")
    assert read_trained(written).card.about == "Ours."


def test_the_weights_that_come_with_the_package_have_a_digest_and_an_earlier_card_needs_none(written: Path) -> None:
    assert read_trained().card.digest
    file = written.with_suffix(".json")
    document = json.loads(file.read_text(encoding="utf-8"))
    del document["digest"]
    file.write_text(json.dumps(document), encoding="utf-8")
    assert read_trained(written).card.digest == ""


def test_a_batch_gives_what_its_maps_give_one_by_one(written: Path) -> None:
    trained, maps = read_trained(written), some_maps()
    together = trained.probabilities(maps)
    assert together.shape == (5, 3)
    np.testing.assert_allclose(together.sum(axis=1), 1)
    for i in range(len(maps)):
        np.testing.assert_allclose(trained.probabilities(maps[i : i + 1])[0], together[i], atol=1e-6)
    assert trained.probabilities(maps[:0]).shape == (0, 3)


def test_a_map_without_any_movement_has_probabilities_too(written: Path) -> None:
    still = np.zeros((1, 3, 28, 28), dtype=np.float32)
    assert np.isfinite(read_trained(written).probabilities(still)).all()


def test_reading_and_asking_leaves_the_callers_random_numbers_and_threads(written: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.set_num_threads(threads := 2)
    torch.manual_seed(7)
    read_trained(written).probabilities(some_maps())
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("shape", [(3, 28, 28), (2, 2, 28, 28), (2, 3, 27, 28)])
def test_maps_of_another_shape_are_refused(written: Path, shape: tuple[int, ...]) -> None:
    text = re.escape(f"maps must be (N, 3, 28, 28), u, v, strain; got {shape}.")
    with pytest.raises(ShapeError, match=f"^{text}$"):
        read_trained(written).probabilities(np.zeros(shape, dtype=np.float32))


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_trained(path)
    return str(refused.value)


REMEDY = "Copy both files again from where they came, or install glfnet again for the weights that come with it."


def test_a_name_of_another_kind_is_refused(tmp_path: Path) -> None:
    expected = (
        "expected weights (.safetensors) or their card (.json), two files side by side. Name one of the two; or one of "
        "the package's own: free, research."
    )
    assert refusal(tmp_path / "a.pth") == f"{tmp_path / 'a.pth'}: found a name ending in '.pth'; {expected}"
    assert refusal(tmp_path / "a") == f"{tmp_path / 'a'}: found a name without an ending; {expected}"


def test_a_missing_file_is_named(written: Path) -> None:
    written.rename(written.with_suffix(".bak"))
    assert refusal(written) == (
        f"{written}: found no readable file (No such file or directory); expected the weights of a card. {REMEDY}"
    )
    card = written.with_suffix(".json")
    card.unlink()
    found = "found no readable file (No such file or directory)"
    assert refusal(written) == f"{card}: {found}; expected the card of weights, beside them. {REMEDY}"


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b[:-1] + b"\x55", lambda b: b""])
def test_damaged_weights_are_refused(written: Path, change: Callable[[bytes], bytes]) -> None:
    whole = written.read_bytes()
    digest, damaged = hashlib.sha256(whole).hexdigest(), change(whole)
    written.write_bytes(damaged)
    found = f"SHA-256 {hashlib.sha256(damaged).hexdigest()[:12]}… of {len(damaged):,} bytes"
    expected = f"{digest[:12]}…, which its card tiny.json names"
    assert refusal(written) == f"{written}: found {found}; expected {expected}. {REMEDY}"


def test_a_card_that_names_something_else_than_safetensors_is_refused(written: Path) -> None:
    written.write_bytes(b"text")
    rewritten_card(written, sha256=hashlib.sha256(b"text").hexdigest())
    assert re.fullmatch(
        rf"{re.escape(str(written))}: found no safetensors file \(.*\); expected one\. {re.escape(REMEDY)}",
        refusal(written),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"{", "no JSON ("),
        (b"\xff\xfe", "no JSON ("),
        (b"[]", "card version None; expected version 1. Use the version of glfnet"),
        (b"{}", "card version None; expected version 1. Use the version of glfnet"),
    ],
)
def test_a_card_that_is_none_is_refused(written: Path, text: bytes, found: str) -> None:
    card = written.with_suffix(".json")
    card.write_bytes(text)
    assert refusal(written).startswith(f"{card}: found {found}")


def test_a_card_of_another_version_is_refused(written: Path) -> None:
    rewritten_card(written, version=2)
    assert refusal(written) == (
        f"{written.with_suffix('.json')}: found card version 2; expected version 1. "
        "Use the version of glfnet that these weights were made for, or train them again with this one."
    )


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"temperature": 0}, "temperature: Input should be greater than 0"),
        (
            {"colour": "red", "name": None},
            "name: nothing there, expected a value; unknown entry colour; known are version",
        ),
        (
            {"features": FEATURES.model_dump() | {"crop": "round"}},
            "features: crop 'round': no such crop; known are wide, tight",
        ),
        (
            {"features": FEATURES.model_dump() | {"normalisation": "z"}},
            "features: normalisation 'z': known are min_max, physical, pixels",
        ),
    ],
)
def test_a_card_with_a_fault_is_refused(written: Path, changes: dict[str, Any], found: str) -> None:
    rewritten_card(written, **changes)
    text = refusal(written)
    assert text.startswith(f"{written.with_suffix('.json')}: found {found}")
    assert text.endswith(f"; expected a card of version 1. {REMEDY}")


def test_a_card_of_no_network_is_refused(written: Path) -> None:
    rewritten_card(written, settings=Settings.model_validate({"model": {"kind": "prior"}}).model_dump(mode="json"))
    assert refusal(written) == (
        f"{written.with_suffix('.json')}: found model.kind: PriorSettings is not a network; "
        f"expected a network that can be built. {REMEDY}"
    )


def test_tensors_that_are_not_the_cards_network_are_refused(written: Path) -> None:
    name = next(key for key in load_file(written) if key.startswith("member-1.") and key.endswith("weight"))
    original = load_file(written)[name]
    form = f"{tuple(original.shape)} float32, as its card says. {REMEDY}"

    def doubled(tensors: dict[str, torch.Tensor]) -> None:
        tensors[name] = torch.cat([original, original])

    rewritten_tensors(written, doubled)
    shape = (2 * len(original), *original.shape[1:])
    assert refusal(written) == f"{written}: found tensor {name} {shape} float32; expected {form}"
    rewritten_tensors(written, lambda tensors: tensors.update({name: original.double()}))
    assert refusal(written) == f"{written}: found tensor {name} {tuple(original.shape)} float64; expected {form}"
    rewritten_tensors(written, lambda tensors: tensors.__delitem__(name))
    assert refusal(written) == f"{written}: found no tensor {name}; expected {form}"
    rewritten_tensors(written, lambda tensors: tensors.update({name: original, "a-third": torch.zeros(1)}))
    assert refusal(written) == (
        f"{written}: found tensor a-third; expected 2 members of plain_cnn and no more. {REMEDY}"
    )


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"tiny\.safetensors: found a place that cannot be written \(.*\); expected a"):
        write_trained(tmp_path / "file" / "tiny.json", CARD, tiny_networks())


@pytest.mark.slow
def test_free_and_research_are_names_of_the_weights_in_the_package() -> None:
    free = read_trained(Path("free"))
    assert free.card.name == "glfnet-free"
    assert read_trained(Path("research")).card.name == read_trained().card.name == "glfnet"


@pytest.mark.slow
def test_free_weights_have_seen_nobody_take_what_predict_makes_and_are_small(shipped: Trained) -> None:
    card, file = read_trained(Path("free")).card, PACKAGED["free"]
    assert card.licence.startswith("MIT")
    assert card.training is not None
    assert (card.training.subjects, card.training.databases) == (0, ())
    assert "no recording of a person" in card.about
    assert card.features == shipped.card.features
    assert card.classes == shipped.card.classes
    assert card.score is not None
    assert card.score.uf1.low < card.score.uf1.value < card.score.uf1.high
    assert "no clip was trained on" in card.score.protocol
    assert file.stat().st_size < 1.5e6


@pytest.mark.slow
def test_free_weights_tell_made_up_fields_of_the_crop_of_recordings_apart() -> None:
    fields = draw_fields(100, seed=77, crop="wide")
    free = read_trained(Path("free"))
    said = free.probabilities(fields.maps)
    assert (said.argmax(axis=1) == fields.truth).mean() > 0.75


@pytest.fixture(scope="module")
def shipped() -> Trained:
    return read_trained()


def test_weights_come_with_the_package(shipped: Trained) -> None:
    card = shipped.card
    assert card.classes == ("negative", "positive", "surprise")
    assert card.members == 5
    assert card.settings == Settings()
    assert card.features == FEATURES
    assert 0.3 < card.unsure_below < 1
    assert card.score is not None
    assert card.score.uf1.low < card.score.uf1.value < card.score.uf1.high
    assert WEIGHTS.stat().st_size < 1.2e6


def test_they_come_with_a_notice_that_binds_the_user(shipped: Trained) -> None:
    notice = WEIGHTS.with_name("glfnet.NOTICE.txt").read_text(encoding="utf-8")
    for database in ("CASME II", "SAMM", "SMIC"):
        assert database in notice
        assert database in shipped.card.licence
    assert "research only" in notice
    assert shipped.card.licence.startswith("Research use")


def test_their_card_names_no_person_and_no_clip() -> None:
    text = WEIGHTS.with_suffix(".json").read_text(encoding="utf-8")
    assert not re.search(r"sub\d\d|s\d\d_|EP\d\d|0\d\d_\d", text)


@pytest.mark.slow
def test_their_probabilities_sum_to_one_and_do_not_depend_on_the_batch(shipped: Trained) -> None:
    maps = some_maps(4)
    together = shipped.probabilities(maps)
    np.testing.assert_allclose(together.sum(axis=1), 1)
    np.testing.assert_allclose(np.concatenate([shipped.probabilities(one[None]) for one in maps]), together, atol=1e-5)


@pytest.mark.slow
def test_they_do_not_see_how_strong_a_movement_is(shipped: Trained) -> None:
    np.testing.assert_allclose(shipped.probabilities(some_maps() * 3), shipped.probabilities(some_maps()), atol=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(not FLOWS.is_dir(), reason="no ../shared/data/flows here")
def test_they_know_what_they_were_trained_on(shipped: Trained) -> None:
    flow = read_flow_set(FLOWS)
    assert shipped.card.training is not None
    assert shipped.card.training.digest == flow.digest()
    answers = shipped.probabilities(flow.maps).argmax(axis=1)
    truth = [shipped.card.classes.index(sample.emotion) for sample in flow.samples]
    assert (answers == truth).mean() > 0.85
