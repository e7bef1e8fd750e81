"""Dashboards in the graph."""
