"""argv in, results out: prompts, streams, exit status."""
