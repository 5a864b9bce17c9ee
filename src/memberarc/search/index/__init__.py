"""The sealed index: what one set of keys opens, in a page-encrypted SQLite file."""
