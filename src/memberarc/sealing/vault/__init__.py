"""The vault: shares, fences, replicas, backups, suppression list."""
