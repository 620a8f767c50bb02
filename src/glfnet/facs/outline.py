"""The outline of a face on which action units are drawn."""

FACE = (
    "M -1.02 -0.35 C -1.05 0.75 -0.72 1.40 -0.30 1.78 Q 0 1.95 0.30 1.78 C 0.72 1.40 1.05 0.75 1.02 -0.35 "
    "C 0.95 -1.20 -0.95 -1.20 -1.02 -0.35 Z "
    "M -0.70 0 Q -0.50 -0.15 -0.30 0 Q -0.50 0.10 -0.70 0 Z M 0.70 0 Q 0.50 -0.15 0.30 0 Q 0.50 0.10 0.70 0 Z "
    "M -0.80 -0.24 Q -0.55 -0.42 -0.22 -0.27 M 0.80 -0.24 Q 0.55 -0.42 0.22 -0.27 "
    "M -0.10 0.05 Q -0.14 0.40 -0.24 0.54 Q -0.12 0.66 0 0.62 Q 0.12 0.66 0.24 0.54 "
    "M -0.42 1.12 Q -0.15 1.00 0 1.04 Q 0.15 1.00 0.42 1.12 Q 0.20 1.26 0 1.26 Q -0.20 1.26 -0.42 1.12 Z "
    "M -0.42 1.12 Q 0 1.16 0.42 1.12"
)
"""As the path of an SVG, in distances between the eyes from the point midway between them, y down, like the atlas."""

LONGEST_ARROW = 0.26
"""The arrow of a movement of 1, in distances between the eyes."""
