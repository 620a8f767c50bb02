"""Movements of a face in an unlabelled video: when, how strong, where, and of which kind.

`skin` measures how far each region's skin has moved, with the head's own movement (`head`) taken out; `pulses` finds
what goes out and comes back; `kinds` tells expressions from blinks, speech and the head's doing; `spotter` does all of
it frame by frame.
"""
