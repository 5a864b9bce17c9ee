"""A form filled in is the record that the writer would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memberarc.errors import MalformedValueError
from memberarc.formats.canonical_yaml import read_canonical
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.members.field_values import with_value
from memberarc.members.record import StoredRecord, write_record
from memberarc.members.record_form import BLANK, RecordForm
from memberarc.members.sealed_record import open_record
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.key_ring import KeyRing
from memberarc.sealing.level_keys import new_level_key
from memberarc.sealing.vault import create_vault
from strategies import records

if TYPE_CHECKING:
    from memberarc.formats.field_path import FieldPath

ARCHIVE, UID = "mzxw6ytboi7q2wgv5t3kc4dnxa", "k5x2w7n3q4v6t2zb"
SCHEMA: RecordSchema = load_schema(
    compose_schema("individual", profile="association"), path="individual"
)
# They decide where the record stands, and a form is of one place.
FIXED = ("format", "kind", "opened")
