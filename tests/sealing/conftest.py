"""A vault, a key ring over it, and the public test vectors that lie beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.vault.replica import Vault, create_vault

if TYPE_CHECKING:
    from collections.abc import Callable

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID = "k5x2w7n3q4v6t2zb"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Make an empty vault."""
    return create_vault(tmp_path / "vault", archive=ARCHIVE)


@pytest.fixture
def level_keys() -> dict[str, LevelKey]:
    """Make a key of epoch 1 for every level."""
    return {
        level: new_level_key(level, epoch=1, archive=ARCHIVE)
        for level in ("internal", "confidential", "secret")
    }


@pytest.fixture
def ring(vault: Vault, level_keys: dict[str, LevelKey]) -> KeyRing:
    """Hold all three keys."""
    return KeyRing(
        archive=ARCHIVE,
        level_keys=level_keys.values(),
        current=dict.fromkeys(level_keys, 1),
        vault=vault,
    )


@pytest.fixture
def commitment(vault: Vault) -> str:
    """Provide the share of one member, and return the record's ``key``."""
    return record_commitment(vault.provision([UID])[UID])


def shared_data() -> Path | None:
    """Find the folder of public vectors beside the checkout, upward from here."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "data"
        if found.is_dir():
            return found
    return None


@pytest.fixture
def wycheproof() -> Callable[[str], Any]:
    """Read a file of Wycheproof, or skip where there is none."""
    data = shared_data()
    if data is None:
        pytest.skip("no shared/data/wycheproof beside the checkout")
    return lambda name: json.loads((data / "wycheproof" / name).read_bytes())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each CCTV vector its own test; without them one test says that it is skipped."""
    data = shared_data()
    paths = sorted((data / "cctv-age" / "testdata").iterdir()) if data else []
    for fixture, wanted in (("cctv_vector", ""), ("scrypt_vector", "scrypt")):
        if fixture not in metafunc.fixturenames:
            continue
        if data:
            found = [path for path in paths if wanted in path.name]
            metafunc.parametrize(fixture, found, ids=lambda path: path.name)
        else:
            skip = pytest.mark.skip(reason="no shared/data/cctv-age beside the checkout")
            metafunc.parametrize(fixture, [pytest.param(None, marks=skip)])
