"""One file an act: opens people, keys and vault, calls the rooms, makes one transaction."""
