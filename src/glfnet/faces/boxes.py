"""Boxes around faces: what they share with one another, and with the frame."""

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels of the frame, counted from its edge."""


def overlap(one: Box, other: Box) -> float:
    """Return how much of the area that two boxes cover belongs to both: 0..1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / max(sum(areas) - shared, 1e-9)


def share_inside(box: Box, frame_shape: tuple[int, ...]) -> float:
    """Return how much of a box lies in the frame, 0..1."""
    height, width = frame_shape[:2]
    x0, y0, x1, y1 = box
    wide, high = min(x1, width) - max(x0, 0.0), min(y1, height) - max(y0, 0.0)
    return max(0.0, wide) * max(0.0, high) / max((x1 - x0) * (y1 - y0), 1e-9)
