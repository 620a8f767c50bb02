"""Annotation files of ELAN (`.eaf`), read and written with the standard library; `docs/web.md` documents the tiers.

An interval lasts from the beginning of its onset frame to the end of its offset frame; an apex is one frame long. ELAN
allows no overlap on a tier, so an interval that overlaps another one lies on a further tier: `person 2`.

Why not pympi-ling (MIT, kept up): it reads from a path alone and lets a text declare entities, names no place when a
part is missing, and stamps every file with the local time, so that the same annotation is another file each time.

Source:
    The EAF schema, version 3.0 (The Language Archive, Max Planck Institute for Psycholinguistics).
"""

PERSON, MACHINE = "person", "machine"
"""Tiers of intervals: what the person says, and what the machine said."""

APEX, UNITS, NOTES, KIND = PARTS = ("apex", "units", "notes", "kind")
"""Tiers below one of intervals: `person apex` and so on."""

FPS = "glfnet:fps"
"""The property of the header that keeps the frame rate, which ELAN does not."""
