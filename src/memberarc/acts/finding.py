"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's; ``fix`` is a runnable step."""

    subject: str
    verdict: Literal["ok", "warn", "fail"]
    message: str
    fix: str = ""
