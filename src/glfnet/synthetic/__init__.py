"""Made-up people, clips, long videos and flow maps, with exactly known movement."""
