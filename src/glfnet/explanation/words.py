"""An explanation in sentences. They say where the network looked and what moved, never what the person felt."""

import numpy as np

from glfnet.explanation.inside import InsideMaps
from glfnet.explanation.why import MapExplanation, RegionEffect

NO_FEELING = (
    "All this says what moved and where the model looked. It does not say what the person felt, and a model that looks "
    "at the right place can still be wrong."
)
_QUARTERS = ("upper left", "upper right", "lower left", "lower right")
_SHOWN = 3


def region_sentences(found: MapExplanation) -> list[str]:
    """Return which regions the answer depends on, and what it would be without them."""
    probability = found.probabilities[found.classes.index(found.answer)]
    flips = [effect for effect in found.regions if effect.answer != found.answer]
    said = f"With all of the face it says {found.answer} ({probability:.2f})."
    if flips:
        changed = [
            f"Without {_the(effect.region)} it would say {effect.answer} ({max(effect.probabilities):.2f})."
            for effect in flips[:_SHOWN]
        ]
        return [said, *changed]
    strongest = found.regions[0]
    if not strongest.used:
        return [said, "No region alone matters: without any one of them the answer hardly changes."]
    left = strongest.probabilities[found.classes.index(found.answer)]
    kept = f"Without {_the(strongest.region)} it would still say {found.answer}, but less surely ({left:.2f})."
    return [said, f"No region alone changes the answer. {kept}"]


def unused_sentence(found: MapExplanation) -> str:
    """Return which regions move but were not used; empty if there are none."""
    moving = [effect for effect in found.regions if not effect.used and effect.movement >= 1 / len(found.regions)]
    if not moving:
        return ""
    names = " and ".join(_the(effect.region) for effect in moving)
    return f"Not used, although much of the movement is there: {names}."


def inside_captions(inside: InsideMaps, answer: str) -> dict[str, str]:
    """Return what each map of a GLFNet shows, by the name of its field, for those that there are."""
    words = {
        "decision": (
            f"Grad-CAM: blue places speak for {answer}, orange ones against it. They sum to "
            f"{inside.decision.sum():+.2f} of a logit."
        )
    }
    if inside.global_attention is not None:
        low, high = inside.global_attention.min(), inside.global_attention.max()
        words["global_attention"] = (
            f"Global Attention lets more through where it is bright ({low:.2f} to {high:.2f}); that need not be where "
            "much moves."
        )
    if inside.local_gates is not None:
        low, high = inside.local_gates.min(), inside.local_gates.max()
        rows, columns = inside.grid
        words["local_gates"] = (
            f"Gates of the Local Block, one for each of {rows * columns} regions: {low:.2f} to {high:.2f}."
        )
    if inside.share_global is not None:
        share = float(inside.share_global.mean())
        words["share_global"] = (
            f"Adaptive Feature Fusion takes {100 * share:.0f} % from the global and {100 * (1 - share):.0f} % from the "
            "local map on average."
        )
    return words


def quarter_sentence(found: MapExplanation) -> str:
    """Return in which quarter of the picture lies most of what speaks for the answer; empty if nothing does."""
    if found.quadrants is None:
        return ""
    most = int(np.argmax(found.quadrants))
    return (
        f"Of what speaks for {found.answer}, {100 * found.quadrants[most]:.0f} % lies in the {_QUARTERS[most]} quarter "
        "of the picture."
    )


def effect_words(effect: RegionEffect, answer: str) -> str:
    """Return what a row of the table of regions ends with: whether the region was used."""
    if effect.answer != answer:
        return f"changes the answer to {effect.answer}"
    if not effect.used:
        return "not used"
    return "used" if effect.change > 0 else f"used, against {answer}"


def _the(region: str) -> str:
    return "the rest of the picture" if region == "elsewhere" else f"the {region}"
