"""The club of the other tests."""

from __future__ import annotations

from builders import club

__all__ = ["club"]
