"""Start an archive: its repository, its vault, its first commit, and what its founder needs."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import rmtree
from typing import TYPE_CHECKING, Final

from memberarc.acts.founding_files import founding_files
from memberarc.acts.key.trust import remember_archive
from memberarc.archive.git import create_repository
from memberarc.archive.identifiers import new_long_id
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.manifest import Manifest, find_time_zone
from memberarc.archive.message import Act
from memberarc.archive.revisions import is_unborn
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.archive.tuning import tune
from memberarc.errors import DuplicateError, MemberarcError, SettingsError, UsageError
from memberarc.formats.shipped import profiles
from memberarc.people.access import (
    administrators,
    allowed_signers,
    founding_access,
    parse_access,
)
from memberarc.people.ssh import make_signing_key, public_key_of
from memberarc.people.user_files import write_vaults
from memberarc.review.file_checks import FileChecks
from memberarc.sealing.age.crypt import generate_identity, load_identities
from memberarc.sealing.keys.key_pin import accept_key_list, write_pin
from memberarc.sealing.vault.register import RegisteredReplica, spread_register
from memberarc.sealing.vault.replica import create_vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.snapshot import Snapshot
    from memberarc.formats.canonical_yaml import Node
    from memberarc.sealing.vault.replica import Vault

_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRequest:
    """A new archive; ``person`` is the founder's id in the access policy, not a name."""

    name: str
    profile: str = "association"
    person: str = "admin"
    vault: Path | None = None
    languages: tuple[str, ...] = ("zh", "en")
    time_zone: str = "Asia/Shanghai"
    country: str = "CN"
    currency: str = "CNY"
    role_address: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Where everything lies that an archive needs; identity, key and vault need a copy elsewhere.

    ``commit`` is None after a dry run, and ``archive`` and ``vault`` then only a sample.
    """

    directory: Path
    archive: str
    commit: str | None
    identity: Path
    signing_key: Path
    vault: Path
    made_identity: bool
    made_signing_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Founder:
    """The founder's public halves, and which of the secret ones had to be made."""

    recipient: str
    signing_key: str
    made_identity: bool
    made_signing_key: bool


def start_archive(caller: Caller, request: InitRequest) -> Started:
    """Make the repository, the vault and the first commit.

    Raises:
        DuplicateError: the directory holds files already.
        UsageError: there is no such profile.
        UnsafeVaultError: the vault would lie where versions are kept.
    """
    _refuse_occupied(caller.directory)
    _refuse_unknown_words(request)
    if request.dry_run:
        return _forecast(caller, request)
    with _taken_back_on_failure(caller.directory):
        repository = _repository(caller.directory, role_address=request.role_address)
    user, archive = caller.user, new_long_id()
    founder = _found(caller)
    vault = _first_vault(caller, request, archive=archive)
    access = founding_access(
        request.person, signing_key=founder.signing_key, recipient=founder.recipient
    )
    manifest = _manifest(request, vault=vault)
    files = founding_files(manifest, access, signing_key=user.signing_key)
    commit = _first_commit(repository, files)
    tune(repository)
    write_vaults(
        user.settings(archive),
        vaults=(vault.directory,),
        replica_ids={vault.directory: vault.replica},
    )
    _pin_key_list(user.key_pin(archive), files, access=access, archive=archive)
    remember_archive(repository, archive)
    return Started(
        directory=caller.directory,
        archive=archive,
        commit=commit,
        identity=user.identity,
        signing_key=user.signing_key,
        vault=vault.directory,
        made_identity=founder.made_identity,
        made_signing_key=founder.made_signing_key,
    )


def _refuse_occupied(directory: Path) -> None:
    if directory.exists() and any(entry.name != ".git" for entry in directory.iterdir()):
        raise DuplicateError(
            "the directory is not empty", where=str(directory), hint="name a new directory"
        )


@contextmanager
def _taken_back_on_failure(directory: Path) -> Iterator[None]:
    """Leave nothing of the repository behind, nor of the directory if it was not there before."""
    made = next((one for one in (directory, directory / ".git") if not one.exists()), None)
    try:
        yield
    except MemberarcError:
        if made is not None:
            rmtree(made)
        raise


def _repository(directory: Path, *, role_address: str) -> Repository:
    """Make the repository, and see that git knows an author before any key is made."""
    repository = create_repository(directory)
    if not is_unborn(repository):
        raise DuplicateError(
            "the repository has commits already", where=str(directory), hint="name a new directory"
        )
    if role_address:
        repository.run("config", "user.name", role_address.partition("@")[0])
        repository.run("config", "user.email", role_address)
    if not repository.succeeds("var", "GIT_COMMITTER_IDENT"):
        raise SettingsError(
            "git does not know who commits here",
            where=str(directory),
            hint="name an office's address: --role-address office@example.org",
        )
    return repository


def _refuse_unknown_words(request: InitRequest) -> None:
    # Any keys will do to see whether the founder's id fits, before there are some.
    someone = founding_access(request.person, signing_key="ssh-ed25519 AAAA", recipient="age1a")
    parse_access(someone, path=ACCESS_POLICY)
    if request.profile not in profiles():
        raise UsageError(
            f"there is no profile {request.profile}", hint=f"one of: {', '.join(profiles())}"
        )
    if not request.name.strip():
        raise UsageError("the archive needs a name", hint="--name 东区商会")
    if request.role_address and not _ADDRESS.fullmatch(request.role_address):
        raise UsageError("--role-address is no mail address", hint="office@example.org")
    if find_time_zone(request.time_zone) is None:
        raise UsageError(
            f"there is no time zone {request.time_zone}", hint="--time-zone Asia/Shanghai"
        )


def _forecast(caller: Caller, request: InitRequest) -> Started:
    user, archive = caller.user, new_long_id()
    return Started(
        directory=caller.directory,
        archive=archive,
        commit=None,
        identity=user.identity,
        signing_key=user.signing_key,
        vault=(request.vault or user.default_vault(archive)).resolve(),
        made_identity=not user.identity.exists(),
        made_signing_key=not user.signing_key.exists(),
    )


def _found(caller: Caller) -> _Founder:
    """Make the identity and the signing key that the founder does not have yet."""
    user = caller.user
    made_identity, made_signing_key = not user.identity.exists(), not user.signing_key.exists()
    if made_identity:
        recipient = generate_identity(user.identity, now=caller.now)
    else:
        recipients = load_identities(user.identity, asker=caller.asker).recipients
        if not recipients:
            raise UsageError("the identity file holds no age identity", where=str(user.identity))
        recipient = recipients[0]
    signing_key = (
        make_signing_key(user.signing_key) if made_signing_key else public_key_of(user.signing_key)
    )
    return _Founder(
        recipient=recipient,
        signing_key=" ".join(signing_key.split()[:2]),
        made_identity=made_identity,
        made_signing_key=made_signing_key,
    )


def _first_vault(caller: Caller, request: InitRequest, *, archive: str) -> Vault:
    """Make the vault, and register it as its own first replica."""
    directory = (request.vault or caller.user.default_vault(archive)).resolve()
    vault = create_vault(directory, archive=archive)
    today = caller.now.date()
    entry = RegisteredReplica(replica=vault.replica, added=today.isoformat(), label="first")
    spread_register(vault, {entry.replica: entry}, today=today)
    return vault


def _manifest(request: InitRequest, *, vault: Vault) -> Manifest:
    return Manifest(
        archive=vault.archive,
        name=request.name,
        vault=vault.vault_id,
        profile=request.profile,
        languages=request.languages,
        time_zone=request.time_zone,
        country=request.country,
        currency=request.currency,
    )


def _pin_key_list(
    pin: Path, files: Mapping[str, bytes], *, access: dict[str, Node], archive: str
) -> None:
    """Believe the founder's own list of keys from now on."""
    accepted = accept_key_list(
        files[KEY_LIST],
        path=KEY_LIST,
        archive=archive,
        signature=files[KEY_LIST_SIGNATURE],
        signers=allowed_signers(administrators(parse_access(access, path=ACCESS_POLICY))),
        pin=None,
    )
    write_pin(pin, pin=accepted.pin)


def _first_commit(repository: Repository, files: dict[str, bytes]) -> str:
    def plan(_snapshot: Snapshot) -> Plan:
        return Plan(
            changes=tuple(Change(path=path, content=content) for path, content in files.items()),
            act=Act(name="init", subject="start the archive"),
        )

    commit = transact(repository, plan, validate=FileChecks(files.get).problems)
    assert commit is not None
    return commit
