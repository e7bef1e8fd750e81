"""What every domain stands on and no domain is named in: clock, ids, errors, database."""
