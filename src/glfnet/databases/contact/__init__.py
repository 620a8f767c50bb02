"""A contact sheet of a store: how the flow map of every clip was made, in pictures and in words."""
