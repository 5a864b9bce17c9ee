"""Write the test vectors of suite m1: one cause a file, from fixed keys and nonces.

Run as ``python tests/vectors/make_m1.py [FOLDER]``. The files are committed, and what they say
must never change, for archives are read by what they fix: a new vector is added, an old one is
not altered.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from m1_keys import derivation_vectors, key_list_vectors, share_vectors
from m1_values import value_vectors

from memberarc.formats.canonical_yaml import write_yaml


def write_vectors(folder: Path) -> None:
    """Write every vector as a file of its own."""
    with tempfile.TemporaryDirectory() as keys:
        vectors = {
            **value_vectors(),
            **derivation_vectors(),
            **share_vectors(),
            **key_list_vectors(Path(keys)),
        }
    folder.mkdir(exist_ok=True)
    for name, vector in vectors.items():
        (folder / f"{name}.yaml").write_bytes(write_yaml(vector))


if __name__ == "__main__":
    write_vectors(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "m1")
