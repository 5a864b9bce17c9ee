"""Acts on saved searches: save, show, run and remove, and seal them again."""
