"""The event log, its topics, and the bus that wakes readers."""
