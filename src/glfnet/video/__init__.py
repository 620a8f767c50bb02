"""Frames out of videos, folders of pictures and cameras: streamed (`stream`, `camera`) or by number (`frames`)."""
