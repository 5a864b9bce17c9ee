"""Values that stand in clear: found, and taken out of history."""
