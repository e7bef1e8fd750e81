"""Learners: persons who learn."""
