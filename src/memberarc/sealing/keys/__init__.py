"""Level keys, their signed list, and the ring that joins them with shares."""
