"""Live streams under load and under faults: what subscribers get, how soon, and that nothing is missing."""
