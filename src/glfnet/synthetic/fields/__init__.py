"""Made-up flow maps without end, straight from the atlas: no pictures, no files, no licensed data."""
