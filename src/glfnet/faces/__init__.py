"""Faces: found in a frame, aligned to the canonical crop, and followed from frame to frame."""
