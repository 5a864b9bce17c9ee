"""Documents of members: kept, listed, opened, removed."""
