"""Skills and items in the graph."""
