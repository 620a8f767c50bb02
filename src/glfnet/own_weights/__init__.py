"""Weights of your own: trained on all subjects of a finished run, with a card that says what the run found."""
