"""Level keys, vault, sealed values, age files."""
