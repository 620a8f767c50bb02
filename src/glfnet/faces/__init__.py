"""Faces: found in a frame, aligned to the canonical crop, followed from frame to frame."""
