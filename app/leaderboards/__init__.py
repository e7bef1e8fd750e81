"""Leaderboards of classes: a projection of attempts, by window and metric."""
