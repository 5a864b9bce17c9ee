"""What happened, read back from git history."""
