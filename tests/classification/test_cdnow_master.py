"""The whole CDNOW data set, imported and decided: the counts somebody else computed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memberarc.classification.decide import Subject, decide
from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet
from memberarc.ledger.import_events import import_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.classification.scheme import Scheme

MASTER = next(
    (
        found
        for folder in Path(__file__).resolve().parents
        if (found := folder / "shared" / "data" / "cdnow" / "CDNOW_master.txt").exists()
    ),
    None,
)
MAPPING = """\
format: map/1
target: ledger
source: cdnow
delimiter: whitespace
member: {column: customer_id, match: registration.number}
fields:
  kind: {value: purchase}
  date: {column: date, date: "%Y%m%d"}
  quantity: {column: number_of_cds}
  amount: {column: dollar_value, decimal: "."}
"""


@pytest.mark.skipif(MASTER is None, reason="shared/data/cdnow/CDNOW_master.txt is not here")
def test_cls_1_the_customers_of_1997_fall_into_the_published_counts(
    shipped: Callable[..., Scheme], tmp_path: Path
) -> None:
    assert MASTER is not None
    mapping = parse_mapping(MAPPING.encode(), path="master.map.yaml")
    mapped = map_sheet(mapping, read_sheet(MASTER, options=mapping.options))
    digits = str.maketrans("0123456789", "abcdefghij")
    members = {
        number: (f"m{number.translate(digits):a>15}",)
        for number in {row.values["member"] for row in mapped.rows}
    }
    imported = import_events(
        mapped,
        source=mapping.source,
        members=members,
        read_file=lambda path: None,
        find_refs=lambda refs: {},
    )
    for day in imported.days:
        path = tmp_path / day.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(day.content)
    decisions = decide(
        [Subject(uid=uid, code=f"C-{number}") for number, (uid,) in members.items()],
        ledger_folder=tmp_path / "ledger",
        scheme=shipped(),
        year=1997,
        as_of=date(1998, 1, 31),
    )

    assert (imported.added, imported.problems) == (69659, ())
    assert Counter(decision.category for decision in decisions) == {
        "A": 419,
        "B": 706,
        "C": 2930,
        "D": 6647,
        "E": 12868,
    }
