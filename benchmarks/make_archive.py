"""Make an archive of made-up members and events, of 1,000 to 1,000,000, to measure on.

python benchmarks/make_archive.py --members 100000 --events 1000000 --to DIR [--seed 7] [--bare]

Identity, vault and settings go where the environment says, as with any archive: set HOME. The same
seed makes the same people; keys, shares and nonces are new every time.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from made_up import FIRST_YEAR, LAST_YEAR, made_up_event, made_up_member, made_up_uid
from memberarc.acts.add_member import new_record
from memberarc.acts.initialise import InitRequest, start_archive
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.writing import commit_act
from memberarc.archive.layout import member_path
from memberarc.archive.message import Act
from memberarc.archive.opened import Archive, open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.cli.calling import caller_at
from memberarc.ledger.day_file import day_path, write_day
from memberarc.members.record import write_record
from memberarc.members.record_batches import map_records
from memberarc.members.sealed_record import seal_record
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault.replica import open_vault

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.sealing.keys.key_ring import KeyRing

# We hold a few hundred bytes for each path of a commit, and a share for each of its members.
_MEMBERS_A_COMMIT: Final = 50_000
_DAYS: Final = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]


class _Packed(Sequence[str]):
    """Texts of 16 characters in one string: a million take 16 MB, and not 73."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._text = "".join(texts)

    def __len__(self) -> int:
        return len(self._text) // 16

    def __getitem__(self, number: int) -> str:
        return self._text[16 * number : 16 * number + 16]


class _Newcomers(NamedTuple):
    """Everybody's uid by number, the shares of those of one commit, and the seed of the rest."""

    uids: _Packed
    shares: Mapping[str, bytes]
    seed: int

    def share(self, uid: str, *, commitment: str) -> bytes:
        """Stand for the vault, which would read all of itself again for each commit."""
        assert commitment == record_commitment(self.shares[uid])
        return self.shares[uid]


def main() -> None:
    """Make the archive that the command line asks for, and tell what it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, required=True)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--bare", action="store_true", help="no work tree, as for 1,000,000")
    asked = parser.parse_args()
    with _timed("start"):
        caller = _started(asked.to, bare=asked.bare)
    chance = Random(asked.seed)
    uids = _Packed(made_up_uid(chance) for _ in range(asked.members))
    with _timed(f"{asked.members:,} members"):
        _add_members(caller, uids, seed=asked.seed)
    if asked.events:
        with _timed(f"{asked.events:,} events"):
            _commit_events(caller, uids, events=asked.events, seed=asked.seed)
    with _timed("packing"):
        subprocess.run(["git", "-C", str(asked.to), "gc", "--quiet"], check=True)
    size = subprocess.run(["du", "-sm", str(asked.to)], capture_output=True, text=True, check=True)
    ours, gits = (_peak_mb(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{size.stdout.split()[0]} MB on the disk; at the peak {ours} MB here, {gits} in a child")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.1f} s", flush=True)


def _peak_mb(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


def _started(directory: Path, *, bare: bool) -> Caller:
    seed = directory.with_name(f"{directory.name}.start") if bare else directory
    start_archive(
        caller_at(seed.resolve()),
        InitRequest(name="东区商会", role_address="office@example.org"),
    )
    if bare:
        clone = ("git", "clone", "--quiet", "--bare", "--config", "user.name=office")
        address = ("--config", "user.email=office@example.org")
        subprocess.run([*clone, *address, str(seed), str(directory)], check=True)
        shutil.rmtree(seed)
    return caller_at(directory.resolve())


def _add_members(caller: Caller, uids: _Packed, *, seed: int) -> None:
    """Put a share for each new uid into the vault and commit the records, part by part."""
    names = open_archive(caller.directory).manifest
    (place,) = caller.user.vaults(names.archive)
    vault = open_vault(place, archive=names.archive, vault_id=names.vault)
    for first in range(0, len(uids), _MEMBERS_A_COMMIT):
        part = range(first, min(first + _MEMBERS_A_COMMIT, len(uids)))
        shares = vault.provision(uids[number] for number in part)
        _commit_members(caller, _Newcomers(uids, shares, seed), part)
    vault.compact()


def _commit_members(caller: Caller, newcomers: _Newcomers, part: range) -> None:
    # Opened anew for each part: the ring keeps what it has derived.
    ring = open_keys(open_archive(caller.directory), caller).ring
    ring.vault = newcomers

    def plan(current: Archive) -> Plan:
        current.snapshot.entries()  # listed once, where each batch would ask git for its paths
        add = partial(_member, newcomers=newcomers, archive=current, ring=ring)
        return _plan(current, map_records(add, part), subject=f"add {len(part)} members")

    commit_act(open_archive(caller.directory), plan)


def _member(number: int, *, newcomers: _Newcomers, archive: Archive, ring: KeyRing) -> Change:
    uid = newcomers.uids[number]
    years = LAST_YEAR - FIRST_YEAR + 1
    a_year = -(-len(newcomers.uids) // years)
    year, sequence = FIRST_YEAR + number // a_year, number % a_year + 1
    code = f"M{year}-{sequence:06}"
    schema = archive.schema("individual")
    chance = Random(f"{newcomers.seed} member {number}")
    plain = made_up_member(chance, number=number, joined_in=year)
    values = new_record(
        plain,
        code=code,
        uid=uid,
        commitment=record_commitment(newcomers.shares[uid]),
        year=year,
        schema=schema,
    )
    sealed = seal_record(values, schema=schema, ring=ring)
    path = member_path(code, opened=year)
    return Change(path=path, content=write_record(sealed, schema=schema))


def _commit_events(caller: Caller, uids: Sequence[str], *, events: int, seed: int) -> None:
    a_day = -(-events // len(_DAYS))

    def day_change(day: date) -> Change:
        chance = Random(f"{seed} day {day}")
        first = _DAYS.index(day) * a_day
        made = (
            made_up_event(chance, day=day, number=number, uids=uids)
            for number in range(min(a_day, max(events - first, 0)))
        )
        return Change(path=day_path(day), content=write_day(made))

    def plan(current: Archive) -> Plan:
        days = _DAYS[: -(-events // a_day)]
        changes = map_records(day_change, days, processes=2)
        return _plan(current, changes, subject=f"add {events} ledger events")

    commit_act(open_archive(caller.directory), plan)


def _plan(archive: Archive, changes: Iterable[Change], *, subject: str) -> Plan:
    act = Act(name="import", subject=subject, policy=archive.policy_digest)
    return Plan(changes=changes, act=act)


if __name__ == "__main__":
    main()
