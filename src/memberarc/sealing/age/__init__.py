"""age files: identities, recipients, the frame of a file, streams."""
