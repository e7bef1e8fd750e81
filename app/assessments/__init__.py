"""Assessments, and exams: sittings, answers, acts of teachers, incidents, results."""
