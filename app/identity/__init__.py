"""Users, organizations, memberships; sign-up, sign-in, tokens."""
