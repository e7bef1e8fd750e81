"""Mastery, its changes, its history and its explanation in the graph."""
