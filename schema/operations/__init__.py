"""What clients may ask about the server's own workings."""
