"""Movements of a face in an unlabelled video: when, how strong, where, and of which kind.

`skin` measures how far the skin of each region has moved, with the movement of the head (`head`) taken out; `pulses`
finds what goes out and comes back; `kinds` tells expressions from blinks, speech and effects of the head; `spotter`
does all of this frame by frame.
"""
