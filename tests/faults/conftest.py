"""The club that tests work in."""

from __future__ import annotations

from builders import club, empty_club

__all__ = ["club", "empty_club"]
