"""Layout, manifest, git, and the one transaction that writes."""
