"""Made-up face recordings with exact ground truth: faces, movements, clips, and a database of them."""
