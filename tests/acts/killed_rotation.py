"""A process that is killed at a step while it rotates a level, or revokes a person.

``killed_rotation.py ROOT STEP [PERSON]``
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[1]))

from builders import caller
from faults.worker import die_at
from memberarc.acts import writing
from memberarc.acts.key import renewal as key_renewal
from memberarc.acts.key.revoke import RevokeRequest, revoke
from memberarc.acts.key.rotate import rotate

if __name__ == "__main__":
    root, step, *persons = sys.argv[1:]
    reached = die_at(step)
    writing.transact = partial(writing.transact, checkpoint=reached)  # type: ignore[assignment]
    key_renewal.write_pin = lambda *_, **__: reached("pinned")  # type: ignore[assignment]
    if persons:
        revoke(caller(Path(root)), RevokeRequest(person=persons[0]))
    else:
        rotate(caller(Path(root)), ("internal",))
