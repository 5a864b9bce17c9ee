"""The vault and its copies: replicas, backups, escrow, and who comes back."""
