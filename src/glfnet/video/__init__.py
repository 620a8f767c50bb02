"""Frames out of videos, folders of pictures and cameras: as a stream (`stream`, `camera`) or by number (`frames`)."""
