"""A process that is killed at a step while it changes everybody: ``killed_update.py ROOT STEP``."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[1]))

from builders import caller
from faults.worker import die_at
from memberarc.acts import writing
from memberarc.acts.revision import Changes
from memberarc.acts.update_many import UpdateManyRequest, update_many

CLUB = Changes(assign=((("contact", "wechat"), "club"),))

if __name__ == "__main__":
    root, step = sys.argv[1:]
    writing.transact = partial(writing.transact, checkpoint=die_at(step))  # type: ignore[assignment]
    everybody = UpdateManyRequest(where="id:*", changes=CLUB)
    update_many(caller(Path(root)), everybody, confirm=lambda _preview: None)
