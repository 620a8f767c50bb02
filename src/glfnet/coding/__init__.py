"""What a person has marked in a video: files of coders, read and written, and how far two coders agree."""
