"""The loop of practice: a session, an item, an answer, a better estimate."""
