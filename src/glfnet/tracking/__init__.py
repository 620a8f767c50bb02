"""Faces from frame to frame: found now and then, followed in between, each by one transform as long as it lasts."""
