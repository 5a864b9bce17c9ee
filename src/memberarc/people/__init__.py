"""Who may do what: access.yaml, SSH signatures, a user's own files."""
