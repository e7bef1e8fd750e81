"""Classes in the graph."""
