"""A school simulated from a seed: skills, items, classes, learners and what they answered."""
