"""MasteryGraph beside the servers a user might pick instead: same questions, same data, same machine."""
