"""Samples on disk to flow maps in memory: the folders, lists and files that hold them."""
