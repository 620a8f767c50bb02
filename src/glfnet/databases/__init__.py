"""The licensed databases on disk: one module each, all giving the same clips."""
