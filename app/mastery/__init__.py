"""Mastery of skills: what a learner can do now, and why we think so."""
