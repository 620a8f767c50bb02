"""Why a network answered as it did: what moved, where it looked, and what the answer would be without a region."""
