"""How recipients and identities begin that the age library does not read by itself."""

from __future__ import annotations

from typing import Final

HYBRID_RECIPIENT: Final = "age1pq1"
HYBRID_IDENTITY: Final = "AGE-SECRET-KEY-PQ-1"
PLUGIN_IDENTITY: Final = "AGE-PLUGIN-"
