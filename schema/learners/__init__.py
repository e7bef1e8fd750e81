"""Learners in the graph."""
