"""The page that `glfnet serve` shows: a video looked at, corrected and taken along, all on this machine."""
