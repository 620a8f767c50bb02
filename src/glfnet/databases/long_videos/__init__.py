"""Databases of long videos: one row an interval instead of one row a clip, in an index of its own kind."""
