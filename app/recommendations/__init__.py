"""Recommendations: what a learner had best do next, and the path to a goal."""
