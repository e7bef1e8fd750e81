"""Classrooms: who teaches, who is enrolled."""
