"""Who reads which level, under which keys: chain of lists, grants, revocation, own identity."""
