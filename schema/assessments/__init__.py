"""Assessments and exams in the graph."""
