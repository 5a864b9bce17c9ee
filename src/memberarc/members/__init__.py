"""The member record: its fields, codes, changes, documents and import rows."""
