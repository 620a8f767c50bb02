"""The data doctor: what is wrong with an index and the frames it names, all of it at once."""
