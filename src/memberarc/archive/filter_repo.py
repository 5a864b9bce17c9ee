"""Run git-filter-repo as a process of its own; ``rewriting`` starts it and says what to do.

As a library it needs its own working directory, environment and streams, and ends by SystemExit.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from importlib import import_module
from typing import Any, Final

from memberarc.archive.replacing import Replacements

# Every act keeps its commit, though it may change nothing any more; the remotes stay as they are.
_OPTIONS: Final = (
    *("--force", "--partial", "--quiet", "--replace-refs", "delete-no-add"),
    *("--prune-empty", "never", "--prune-degenerate", "never"),
)


def main() -> None:
    """Replace blobs by id, and patterns in every message, person and path."""
    with os.fdopen(0, "rb") as pipe:
        told = json.load(pipe)
    blobs: dict[str, str] = told["blobs"]
    clean = Replacements.from_json(told["texts"]).applied

    def replace(blob: Any, _metadata: object) -> None:
        if content := blobs.get(blob.original_id.decode("ascii")):
            blob.data = b64decode(content)

    tool = import_module("git_filter_repo")
    tool.RepoFilter(
        tool.FilteringOptions.parse_args([*_OPTIONS]),
        blob_callback=replace,
        message_callback=clean,
        name_callback=clean,
        email_callback=clean,
        filename_callback=clean,
    ).run()


if __name__ == "__main__":
    main()
