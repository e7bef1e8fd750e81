"""Users, organizations, memberships, and who is looking."""
