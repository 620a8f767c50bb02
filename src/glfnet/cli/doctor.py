"""`glfnet doctor`: what is installed here, and whether the whole road works."""

import importlib.util
import platform
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import joblib
import typer
from rich.markup import escape
from rich.table import Table

import glfnet
from glfnet.cli.terminal import OUT

EXTRAS = {"tune": "optuna", "web": "fastapi", "cluster": "distributed"}
"""Extra -> the library that it brings."""
_LIBRARIES = ("torch", "numpy", "scikit-learn", "opencv-contrib-python-headless", "av", "pandas")


def versions() -> dict[str, str]:
    """Return Python and the libraries that decide about results -> version."""
    return {"Python": platform.python_version(), **{name: metadata.version(name) for name in _LIBRARIES}}


def doctor_command(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Say what is installed here, and try it on data made for that; exit status 1 if anything fails."""
    from glfnet.model.device import gpu_name

    extras = {name: importlib.util.find_spec(library) is not None for name, library in EXTRAS.items()}
    found: dict[str, Any] = {
        "glfnet": glfnet.__version__,
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processes": joblib.cpu_count(),
        "gpu": gpu_name(),
        "extras": extras,
    }
    if not as_json:
        _print_found(found)
    checks = [_tried(name, check) for name, check in _CHECKS]
    if as_json:
        OUT.print_json(data={**found, "checks": checks})
    else:
        for check in checks:
            said = f": {check['said']}" if check["said"] else ""
            mark = "fails" if said else "works"
            OUT.print(escape(f"{mark}  {check['what']} ({check['seconds']:.1f} s){said}"))
    if not all(check["works"] for check in checks):
        raise typer.Exit(1)


def _print_found(found: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("glfnet", found["glfnet"])
    for name, version in found["versions"].items():
        table.add_row(name, version)
    table.add_row("machine", f"{found['machine']}, {found['processes']} processes at a time")
    table.add_row("GPU", found["gpu"] or "none; everything runs without one")
    for name, there in found["extras"].items():
        table.add_row(f"extra {name}", "installed" if there else f'not installed: pip install "glfnet\\[{name}]"')
    OUT.print(table)


def _tried(name: str, check: Callable[[], None]) -> dict[str, Any]:
    started, said = time.perf_counter(), ""
    try:
        check()
    except Exception as error:  # whatever it is, the others are tried too
        said = f"{type(error).__name__}: {error}"
    return {"what": name, "works": not said, "seconds": time.perf_counter() - started, "said": said}


def _weights_are_whole() -> None:
    from glfnet.recognition.weights import PACKAGED, read_trained

    for path in PACKAGED.values():
        read_trained(path)


def _a_movement_is_found() -> None:
    """Draw a face that moves once, write it as a video, and look at what is answered."""
    from glfnet.labels import MICRO
    from glfnet.recognition.predict import predict
    from glfnet.synthetic.long_video import long_video_frames
    from glfnet.synthetic.long_video_files import write_video
    from glfnet.synthetic.long_video_plan import long_video_plan

    plan = long_video_plan(0, 0, duration_s=8.5, fps=50.0, expressions=1)
    (moved,) = (event for event in plan.events if event.kind == MICRO)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "made-up.mp4"
        write_video(video, long_video_frames(plan, (320, 240)), plan.fps)
        found = predict(video).micro_expressions
    met = [one for one in found if one.onset_index < moved.offset_index and one.offset_index > moved.onset_index]
    if not met:
        raise RuntimeError(f"the movement from frame {moved.onset_index} to {moved.offset_index} was not found")


def _a_network_learns() -> None:
    from glfnet.evaluation.folds import fit_fold
    from glfnet.evaluation.labelled_set import label_samples
    from glfnet.evaluation.protocol import make_folds
    from glfnet.model.training import make_trainer
    from glfnet.settings_page import read_settings
    from glfnet.synthetic.flow_maps import synthetic_flow_set

    settings = read_settings("glfnet", training={"epochs": 2})
    data = label_samples(synthetic_flow_set(subjects=3, seed=0), settings.protocol)
    fit_fold(data, make_folds(data.flow.samples, settings.protocol)[0], make_trainer(settings), seed=0)


_CHECKS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("the weights of the package are whole", _weights_are_whole),
    ("a made-up video is written, read and answered", _a_movement_is_found),
    ("GLFNet is trained", _a_network_learns),
)
