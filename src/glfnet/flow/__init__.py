"""From two aligned faces to a flow map, and from a clip to one."""
