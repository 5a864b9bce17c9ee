"""The manifest is read strictly and written canonically."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memberarc.archive.manifest import Manifest, parse_manifest, time_zone_of, write_manifest
from memberarc.errors import ManifestError
from memberarc.formats.canonical_yaml import Node
from memberarc.formats.yaml_file import load_yaml

MANIFEST = Manifest(archive="a" * 26, name="东区商会", vault="b" * 26)


@pytest.mark.parametrize("limit", [0, 1, 10_000_000])
def test_a_manifest_comes_back_as_it_was_written(limit: int) -> None:
    manifest = replace(MANIFEST, document_limit=limit)

    content = write_manifest(manifest)

    assert parse_manifest(load_yaml(content, path="memberarc.yaml"), path="x") == manifest
    assert (b"document_limit" in content) == (limit > 0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("document_limit", -1),
        ("document_limit", "10"),
        ("document_limit", True),
        ("name", 3),
        ("colour", "red"),
        ("languages", "zh"),
        ("archive", "short"),
        ("numbering", "M{year}"),
        ("time_zone", 8),
    ],
)
def test_a_key_that_does_not_fit_is_named(key: str, value: Node) -> None:
    document = load_yaml(write_manifest(MANIFEST), path="memberarc.yaml")

    with pytest.raises(ManifestError, match=key.replace("_", ".")):
        parse_manifest({**document, key: value}, path="memberarc.yaml")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Asia"])
def test_a_time_zone_nobody_knows_is_named_when_a_day_is_asked_for(name: str) -> None:
    with pytest.raises(ManifestError, match=f"there is no time zone {name}"):
        time_zone_of(replace(MANIFEST, time_zone=name))
