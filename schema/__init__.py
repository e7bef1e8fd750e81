"""The graph: what clients see of the domain."""
