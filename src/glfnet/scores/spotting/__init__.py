"""Spotting: how well movements were found in long videos, and named."""
