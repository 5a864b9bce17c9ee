"""A purge from its request to its certificate, and what holds it up."""
