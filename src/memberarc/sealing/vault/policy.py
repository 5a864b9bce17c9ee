"""Read ``policy/vault.yaml``: how long backups may live, and how long a return is noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.formats.canonical_yaml import Node

VAULT_POLICY_FORMAT: Final = "vault-policy/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultPolicy:
    """What holds where the policy says nothing: a year for backups, three for returns.

    ``backup_days`` is how long after a purge its last copy of a share may live.
    """

    backup_days: int = 366
    suppression_days: int = 1096


def parse_vault_policy(document: Mapping[str, Node], *, path: str) -> VaultPolicy:
    """Read the policy; an empty document is one that says nothing.

    Raises:
        PolicyError: the first flaw met.
    """
    if document and document.get("format") != VAULT_POLICY_FORMAT:
        raise PolicyError(f"format: is not {VAULT_POLICY_FORMAT}", where=path)
    days: dict[str, int] = {}
    for key, value in document.items():
        if key == "format":
            continue
        if key not in VaultPolicy.__dataclass_fields__:
            raise PolicyError(f"{key}: is not known here", where=path)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36525:
            raise PolicyError(f"{key}: is not a number of days", where=path)
        days[key] = value
    return VaultPolicy(**days)
