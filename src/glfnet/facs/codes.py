"""Every code of FACS that a sheet may list, with its name; only some have a place in the atlas.

Source: Ekman, Friesen & Hager, "Facial Action Coding System", 2002.
"""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[int, str] = MappingProxyType(
    {
        1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser",
        7: "lid tightener", 8: "lips toward each other", 9: "nose wrinkler", 10: "upper lip raiser",
        11: "nasolabial furrow deepener", 12: "lip corner puller", 13: "sharp lip puller", 14: "dimpler",
        15: "lip corner depressor", 16: "lower lip depressor", 17: "chin raiser", 18: "lip pucker", 19: "tongue show",
        20: "lip stretcher", 21: "neck tightener", 22: "lip funneler", 23: "lip tightener", 24: "lip pressor",
        25: "lips part", 26: "jaw drop", 27: "mouth stretch", 28: "lip suck", 29: "jaw thrust", 30: "jaw sideways",
        31: "jaw clencher", 32: "lip bite", 33: "cheek blow", 34: "cheek puff", 35: "cheek suck", 36: "tongue bulge",
        37: "lip wipe", 38: "nostril dilator", 39: "nostril compressor", 41: "lid droop", 42: "slit", 43: "eyes closed",
        44: "squint", 45: "blink", 46: "wink", 51: "head turned left", 52: "head turned right", 53: "head up",
        54: "head down", 55: "head tilted left", 56: "head tilted right", 57: "head forward", 58: "head back",
        61: "eyes turned left", 62: "eyes turned right", 63: "eyes up", 64: "eyes down", 65: "walleye", 66: "cross-eye",
    }
)  # fmt: skip
"""Code -> name: action units and descriptors to 46, movements of the head from 51, of the eyes from 61."""
