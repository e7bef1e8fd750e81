"""The published schema told to readers: pages for each domain, and what changed between releases."""
