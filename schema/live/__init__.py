"""Subscriptions: snapshots, then changes."""
