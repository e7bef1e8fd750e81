"""Practice in the graph: sessions, attempts, and what was answered."""
