"""Content: subjects, skills and their prerequisites, and the item bank."""
