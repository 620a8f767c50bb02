"""Long videos: spotting in all videos of a database, and scoring of what was spotted, ours or anybody's."""
