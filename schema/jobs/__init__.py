"""Jobs over the graph."""
