"""Purge: fence, shredding, trial and certificate."""
