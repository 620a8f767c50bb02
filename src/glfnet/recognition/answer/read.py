"""Read an answer folder back: the result without the faces and curves, which only its page and tables have."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from glfnet.errors import InputError, faults, reason
from glfnet.recognition.answer.document import SCHEMA
from glfnet.recognition.answer.folder import MAPS, RESULT
from glfnet.recognition.result import Interval, Maps, ModelSummary, Note, Recording, Result, UnitAnswer

_INDICES = ("onset_index", "apex_index", "offset_index")
_TIMES = ("onset_s", "apex_s", "offset_s", "strength_percent")
_NOTES, _UNITS = TypeAdapter(tuple[Note, ...]), TypeAdapter(tuple[UnitAnswer, ...])
_WHOLE, _NUMBERS = TypeAdapter(dict[str, int]), TypeAdapter(dict[str, FiniteFloat])
_OF_IT = f"the flow maps that belong to {RESULT}"
_REMEDY = "Answer the video again: `glfnet predict`."


def read_answer(folder: Path) -> Result:
    """Read recording, model, intervals and flow maps of an answer folder.

    Raises:
        InputError: if a file is missing or damaged, or from a later version of glfnet.
    """
    document = _document(folder / RESULT)
    try:
        result = Result(
            recording=TypeAdapter(Recording).validate_python(document["recording"]),
            model=TypeAdapter(ModelSummary).validate_python(document["model"]),
            settings=document["settings"],
            intervals=tuple(_interval(found) for found in document["micro_expressions"]),
            notes=_NOTES.validate_python(document["notes"]),
        )
    except ValidationError as error:
        raise _bad(folder / RESULT, f"no answer ({faults(error)[0].rstrip('.')})", "an answer") from error
    except KeyError as error:
        raise _bad(folder / RESULT, f"no answer (no key {error.args[0]})", "an answer") from error
    except (TypeError, AttributeError) as error:
        raise _bad(folder / RESULT, "no answer (a value of another kind than ours)", "an answer") from error
    return _with_maps(result, folder / MAPS)


def _document(file: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _bad(file, f"no readable answer ({reason(error)})", "an answer of `glfnet predict`") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise _bad(file, f"schema {schema}", f"schema {SCHEMA}")
    return dict(document)


def _interval(found: Mapping[str, Any]) -> Interval:
    numbers: dict[str, Any] = {
        **_WHOLE.validate_python({name: found[name] for name in ("face", *_INDICES)}),
        **_NUMBERS.validate_python({name: found[name] for name in _TIMES}),
    }
    return Interval(
        **numbers,
        kind=str(found["kind"]),
        regions=tuple(map(str, found["regions"])),
        emotion=TypeAdapter(str | None).validate_python(found["emotion"]),
        probabilities=_NUMBERS.validate_python(found["probabilities"] or {}),
        notes=_NOTES.validate_python(found["notes"]),
        confidence=TypeAdapter(float | None).validate_python(found.get("confidence")),  # answers of before have none
        units=_UNITS.validate_python(
            [{name: value for name, value in unit.items() if name != "there"} for unit in found.get("action_units", ())]
        ),
    )


def _with_maps(result: Result, file: Path) -> Result:
    if not any(interval.probabilities for interval in result.intervals):
        return result
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
            keys = zip(
                arrays["face"].tolist(), arrays["onset_index"].tolist(), arrays["apex_index"].tolist(), strict=True
            )
            pixels, normalised = arrays["maps"], arrays["normalised"]
            if not (np.isfinite(pixels).all() and pixels.dtype == np.float32 and pixels.ndim == 4):
                raise _bad(file, f"no readable flow maps ({pixels.dtype} {pixels.shape}, or not finite)", _OF_IT)
            kept = {key: Maps(pixels=pixels[i], normalised=normalised[i]) for i, key in enumerate(keys)}
    except InputError:
        raise
    except Exception as error:  # zipfile, zlib and numpy each have their own for a damaged file
        why = reason(error) if isinstance(error, OSError) else "a damaged file"
        raise _bad(file, f"no readable flow maps ({why})", _OF_IT) from error
    keys_of = [(i.face, i.onset_index, i.apex_index) for i in result.intervals]
    missing = [key for key, i in zip(keys_of, result.intervals, strict=True) if i.probabilities and key not in kept]
    if missing:
        raise _bad(file, f"no map of the movement at frame {missing[0][1]}", _OF_IT)
    intervals = (replace(i, maps=kept.get(key)) for key, i in zip(keys_of, result.intervals, strict=True))
    return replace(result, intervals=tuple(intervals))


def _bad(file: Path, found: str, expected: str) -> InputError:
    return InputError(file=file, found=found, expected=expected, remedy=_REMEDY)
