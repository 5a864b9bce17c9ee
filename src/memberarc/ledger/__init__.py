"""Dated events as one CSV file a day."""
