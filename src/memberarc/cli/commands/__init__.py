"""One file a noun: options in, one act called, its result handed to output."""
