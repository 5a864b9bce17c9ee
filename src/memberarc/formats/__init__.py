"""YAML, JSON Schema, CSV and spreadsheets as values."""
