"""Pictures of an interval for the page, and the time line as lines of an SVG."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import Picture
from glfnet.flow.optical_flow import optical_strain
from glfnet.recognition.result import Interval, Pictures, Result
from glfnet.spotting.curve import Curve

_ARROW_EVERY_PX = 14
_LONGEST_ARROW_PX = 16
_NEARLY_ALL = 99.5  # percentile: the picture's edge, where flow breaks off, must not make everything else dark
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS = 6  # more would touch on a telephone
_LAST_TICK = 0.97  # of the length: the last one's label would stand beside the line
_POINTS = 1500  # of a curve: more than a screen has columns, few enough for a page of an hour's video


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval on the time line; x and width in per cent of its width; `number` is its card's, if it has one."""

    x: float
    width: float
    kind: str
    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the time line; x in per cent of its width."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """The time line of one face.

    Attributes:
        face: number of the face.
        points: of an SVG polyline, x 0..1000 and y 0..100 with 0 on top.
        bars: its intervals, the longest first, so that none hides another.
        ticks: times to read it by.
        highest_percent: what the upper edge means, per cent of the distance between the eyes.
    """

    face: int
    points: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    highest_percent: float


def interval_pictures(pictures: Pictures) -> list[tuple[str, str]]:
    """Return (caption, JPEG as a data URI) of the onset, the apex, the flow between them and its strain."""
    length = np.hypot(pictures.flow[..., 0], pictures.flow[..., 1])
    strain = optical_strain(pictures.flow)
    strongest = float(np.percentile(strain, _NEARLY_ALL))
    most = f"arrows, the longest {length.max():.1f} pixels"
    return [
        ("onset", data_uri(pictures.onset)),
        ("apex", data_uri(pictures.apex)),
        (f"flow: {most}", data_uri(_arrows(pictures))),
        (f"strain: brightest from {100 * strongest:.0f} %", data_uri(_heat(pictures.onset, strain, strongest))),
    ]


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return an (H, W) or (H, W, 3) RGB picture as a data URI, a JPEG: with PNG, sixty intervals fill 20 MB."""
    done, encoded = cv2.imencode(".jpg", picture if picture.ndim == 2 else picture[..., ::-1], _JPEG)
    assert done
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def time_lines(result: Result) -> list[TimeLine]:
    """Return the time line of each face that was searched."""
    numbers = {(i.face, i.onset_index, i.kind): n for n, i in enumerate(result.micro_expressions, start=1)}
    length_s = max(result.recording.duration_s, 1e-9)

    def line(curve: Curve) -> TimeLine:
        time_s, movement = _thinned(curve.time_s, curve.movement_percent)
        highest = max(float(movement.max()), 1.0)
        x, y = 1000 * time_s / length_s, 100 * (1 - movement / highest)
        own = sorted((i for i in result.intervals if i.face == curve.face), key=lambda i: -i.duration_s)
        bars = (_bar(i, length_s, numbers.get((i.face, i.onset_index, i.kind))) for i in own)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        return TimeLine(curve.face, points, tuple(bars), tuple(_ticks(length_s)), highest)

    return [line(curve) for curve in result.curves if len(curve.index)]


def clock(time_s: float) -> str:
    """Return a time as people read it: seconds below a minute, then minutes and seconds."""
    if time_s < 60:
        return f"{time_s:.2f}".rstrip("0").rstrip(".") + " s"
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _bar(interval: Interval, length_s: float, number: int | None) -> Bar:
    return Bar(
        x=100 * interval.onset_s / length_s,
        width=max(100 * interval.duration_s / length_s, 0.15),
        kind=interval.kind,
        label=f"{interval.kind.replace('_', ' ')}, {interval.onset_s:.2f}-{interval.offset_s:.2f} s",
        number=number,
    )


def _ticks(length_s: float) -> Iterator[Tick]:
    step_s = next((step for step in _STEPS_S if length_s / step <= _MOST_TICKS), _STEPS_S[-1])
    for number in range(int(length_s / step_s) + 1):
        if number * step_s <= _LAST_TICK * length_s or not number:
            yield Tick(100 * number * step_s / length_s, clock(number * step_s))


def _thinned(time_s: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return at most `_POINTS` points; of several frames the largest is kept, so that no peak is lost."""
    frames = len(values)
    if frames <= _POINTS:
        return time_s, values
    starts = np.linspace(0, frames, _POINTS, endpoint=False).astype(np.int64)
    return time_s[starts], np.maximum.reduceat(values, starts)


def _arrows(pictures: Pictures) -> NDArray[np.uint8]:
    canvas = cv2.cvtColor(pictures.onset, cv2.COLOR_GRAY2RGB)
    length = np.hypot(pictures.flow[..., 0], pictures.flow[..., 1])
    scale = _LONGEST_ARROW_PX / max(float(length.max()), 1e-3)
    side = len(pictures.onset)
    for y in range(_ARROW_EVERY_PX // 2, side, _ARROW_EVERY_PX):
        for x in range(_ARROW_EVERY_PX // 2, side, _ARROW_EVERY_PX):
            u, v = (scale * pictures.flow[y, x]).tolist()
            if np.hypot(u, v) >= 1:
                cv2.arrowedLine(
                    canvas, (x, y), (round(x + u), round(y + v)), (255, 208, 0), 1, cv2.LINE_AA, tipLength=0.35
                )
    return np.asarray(canvas, dtype=np.uint8)


def _heat(onset: Picture, strain: NDArray[np.float32], strongest: float) -> NDArray[np.uint8]:
    share = (255 * np.minimum(strain / max(strongest, 1e-6), 1)).astype(np.uint8)
    heat = cv2.cvtColor(cv2.applyColorMap(share, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.addWeighted(cv2.cvtColor(onset, cv2.COLOR_GRAY2RGB), 0.35, heat, 0.65, 0), dtype=np.uint8)
