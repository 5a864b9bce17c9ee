"""The club, and every kind of copy that may exist of it."""

from __future__ import annotations

from builders import club

__all__ = ["club"]
