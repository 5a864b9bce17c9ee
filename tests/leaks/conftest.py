"""The club that leaks."""

from __future__ import annotations

from builders import club

__all__ = ["club"]
