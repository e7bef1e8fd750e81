"""Rollups of practice, and what dashboards read of them."""
