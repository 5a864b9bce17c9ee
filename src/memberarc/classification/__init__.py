"""Schemes to SQL, decisions, proposals."""
