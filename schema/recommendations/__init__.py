"""Recommendations in the graph."""
