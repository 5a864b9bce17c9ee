"""A purge looks into saved searches: each has a share of its own, which may outlive a member's."""

from __future__ import annotations

import pytest

from builders import MOBILE, SHAN, WANG, Club, add
from disposal.attempts import shares_in

PURGE = ("purge", WANG, "--reason", "duplicate", "--confirm", WANG)


def save(club: Club, *words: str) -> str:
    return club.run("segment", "save", *words).stdout.strip()


def refused(club: Club, *words: str) -> list[tuple[str, str]]:
    """Run a purge that saved searches stop, and name them."""
    before = club.fingerprint()
    problems = club.problems(*PURGE, *words)
    assert {one["rule"] for one in problems} == {"saved-search"}
    assert club.fingerprint() == before
    return [(one["path"].removeprefix("segments/")[:16], one["message"]) for one in problems]


@pytest.mark.parametrize("look", ["--full", "--quick"])
def test_a_search_that_holds_a_value_of_the_member_stops_a_purge_until_it_is_removed(
    club: Club, look: str
) -> None:
    uid = save(club, "calls", f"contact.mobile:{MOBILE}")

    assert refused(club, look) == [(uid, "holds contact.mobile")]
    club.run("segment", "remove", uid, "--yes")

    club.run(*PURGE, look)
    assert club.problems("verify") == []


@pytest.mark.parametrize(
    ("name", "query", "what"),
    [
        ("王小明家", "status:active", "name"),
        ("a", 'contact.address:"上海市黄浦区中山东一路18号"', "contact.address"),
        ("a", "contact.mobile:139-0013-9001", "contact.mobile"),
        ("a", "contact.email=Wang.Xiaoming@Example.org", "contact.email"),
        ("debtors", f"code:{WANG.lower()},{SHAN}", "code"),
    ],
)
def test_it_is_found_however_it_is_written(club: Club, name: str, query: str, what: str) -> None:
    uid = save(club, name, query)

    assert refused(club) == [(uid, f"holds {what}")]


@pytest.mark.parametrize(
    ("name", "query", "what"),
    [
        ("a", '"１３９１２３４５６７８"', "contact.mobile"),
        ("a", "contact.mobile:0086-139-1234-5678", "contact.mobile"),
        ("a", 'name:"Jürgen \\"Big\\" O\'Müller"', "name"),
        ("a", r'"JURGEN \"BIG\" O’MULLER"', "name"),
        ("a", r'jürgen "\"big\"" omuller', "name"),
        ('ＪＵＲＧＥＮ "big" OMÜLLER', "status:active", "name"),
        ("a", "id:Ｍ２０２６－０００００４", "code"),
        ("a", '(-"jurgen \\"big\\" omuller") OR joined>2024', "name"),
        ("a", 'contact.address:"买买提路 ９号"', "contact.address"),
    ],
)
def test_what_finds_a_member_is_found_however_it_is_spelt(
    club: Club, name: str, query: str, what: str
) -> None:
    code = add(
        club,
        name='Jürgen "Big" O\'Müller',
        contact__mobile="13912345678",
        contact__address="买·买·提路 9号",
    )
    uid = save(club, name, query)

    problems = club.problems("purge", code, "--reason", "duplicate", "--confirm", code)

    assert [one["path"] for one in problems] == [f"segments/{uid}.yaml"]
    assert what in problems[0]["message"]


def test_so_does_an_earlier_version_and_one_that_was_deleted_by_hand(club: Club) -> None:
    replaced = save(club, "a", f"contact.mobile:{MOBILE}")
    club.run("segment", "save", "a", "joined<2020", "--replace")
    deleted = save(club, "b", "name:王小明")
    club.git("rm", "--quiet", f"segments/{deleted}.yaml")
    club.commit_by_hand()

    assert {uid for uid, _ in refused(club)} == {replaced, deleted}
    stopped = club.run(*PURGE, status=1)
    for uid in (replaced, deleted):
        assert f"memberarc segment remove {uid}" in stopped.stderr

    for uid in (replaced, deleted):
        club.run("segment", "remove", uid, "--yes")
    club.run(*PURGE)


def test_a_search_that_is_about_others_stops_nothing(club: Club) -> None:
    uid = save(club, "others", f"name:曾国强 OR code:{SHAN} OR code:{WANG}0 OR joined<2020")

    club.run(*PURGE)

    assert uid in shares_in(club.vault)
    assert club.problems("verify") == []


def test_one_that_does_not_open_stops_it_too_unless_that_is_accepted(club: Club) -> None:
    uid = save(club, "a", "joined<2020")
    club.edit(f"segments/{uid}.yaml", r"(?<=search: enc:m1.internal.1:).{4}", "AAAA")
    club.commit_by_hand()

    assert refused(club) == [(uid, "does not open here")]

    club.run(*PURGE, "--accept-unreadable")
    certificate = (club.root / f"tombstones/2026/0000/{WANG}.certificate.yaml").read_text()
    assert f"segments/{uid}.yaml" in certificate


def test_a_removal_that_is_not_finished_stops_every_purge(club: Club) -> None:
    uid = save(club, "a", f"contact.mobile:{MOBILE}")
    copy = club.vault / "copy.txt"
    copy.write_bytes(b"".join(one.read_bytes() for one in (club.vault / "segments").iterdir()))
    copy.chmod(0o600)
    club.run("segment", "remove", uid, "--yes", status=6)

    stopped = club.run(*PURGE, status=4)

    assert f"memberarc segment remove {uid}" in stopped.stderr
    copy.unlink()
    club.run("segment", "remove", uid, "--yes")
    club.run(*PURGE)
