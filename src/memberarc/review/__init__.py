"""Check, semantic diff and verification of whole archives."""
