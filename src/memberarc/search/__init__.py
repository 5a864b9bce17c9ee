"""The query language and what a record offers to it."""
