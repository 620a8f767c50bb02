"""What several test files share: a tiny made-up set, settings that train in a blink, one finished run, one video."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from command_line import Command, Said
from glfnet.cli import main as cli
from glfnet.config.settings import Settings
from glfnet.evaluation.evaluate import Run, evaluate
from glfnet.faces.detector import MtcnnDetector
from glfnet.samples.flow_set import FlowSet
from glfnet.synthetic.flow_maps import synthetic_flow_set
from made_up_recordings import a_clip, write_clip


@pytest.fixture(autouse=True)
def _same_beginning() -> None:
    """Let every test begin with the same random numbers and one thread of torch, whatever ran before it.

    Tiny tensors are slower on several threads, and far slower where other programs run beside the tests.
    """
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _signals_as_in_a_terminal() -> None:
    """Let the programs that tests start hear Ctrl-C and SIGHUP also below `nohup` and in a shell's background.

    There, both are ignored, and a new process inherits what is ignored.
    """
    for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)  # Windows lacks one of them
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.fixture(autouse=True)
def _same_end() -> Iterator[None]:
    """Give Ctrl-C back to pytest: a command that is run in this process decides for itself what a second one does."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `glfnet ...` in this process."""

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["glfnet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs draw no figures and write no page, which is three quarters of a tiny run's time."""
    monkeypatch.setattr("glfnet.evaluation.evaluate.write_report", lambda folder, *_: folder / "report.html")


@pytest.fixture(scope="session")
def tiny_flow() -> FlowSet:
    """Five made-up people of three made-up databases, 12x12 pixels."""
    return synthetic_flow_set(subjects=5, seed=3, size_px=12)


@pytest.fixture(scope="session")
def tiny_settings() -> Callable[..., Settings]:
    """Return a maker of pages with one section changed: `tiny_settings(training={"epochs": 1})`."""

    def make(**sections: dict[str, Any]) -> Settings:
        page: dict[str, dict[str, Any]] = {
            "protocol": {"name": "cde", "classes": "three"},
            "input": {"channels": ("u", "v", "strain"), "centre": True, "scale": "deviation"},
            "model": {"kind": "plain_cnn", "width": 4, "dropout": 0.2},
            "loss": {"weighting": "class_balanced", "form": "softmax", "beta": 0.9},
            "augmentation": {
                "flip": 0.5, "shift": 0.05, "rotation_degrees": 5, "scale": 0.05, "strength": 0.1, "mixup": 0,
            },
            "training": {
                "epochs": 2, "batch_size": 16, "optimiser": "adamw", "learning_rate": 3e-3, "weight_decay": 0.01,
                "schedule": "cosine", "average_weights": 0, "mirror_test": True, "members": 1,
                "epoch_choice": "fixed", "inner_share": 0.3, "threads": 1, "device": "cpu",
            },
        }  # fmt: skip
        for name, section in sections.items():
            page[name] = section if name == "model" else page.get(name, {}) | section
        return Settings.model_validate(page)

    return make


@pytest.fixture(scope="session")
def detector() -> MtcnnDetector:
    """The detector that comes with the package; it keeps nothing from one picture to the next."""
    return MtcnnDetector()


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of one made-up face with one micro-expression. Read it only."""
    return write_clip(tmp_path_factory.mktemp("recording") / "clip.mp4", a_clip().frames)


@pytest.fixture(scope="session")
def finished_run(
    tmp_path_factory: pytest.TempPathFactory, tiny_flow: FlowSet, tiny_settings: Callable[..., Settings]
) -> Run:
    """A run of two seeds with its whole folder. Read it only."""
    out: Path = tmp_path_factory.mktemp("finished") / "run"
    return evaluate(tiny_flow, out, tiny_settings(), seeds=(0, 1), jobs=1, source="made-up maps")
