"""The club that is attacked; each file is named after its number in the review of attacks."""

from __future__ import annotations

from builders import club, empty_club

__all__ = ["club", "empty_club"]
