"""The networks and other classifiers, what they are shown, their loss, and how one fold is fitted."""
