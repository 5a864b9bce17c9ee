"""Start an archive: manifest, policies, schemas, level keys and their signed list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.trust import remember_archive
from memberarc.archive.git import create_repository
from memberarc.archive.identifiers import new_item_id, new_long_id
from memberarc.archive.layout import (
    ACCESS_POLICY,
    CATEGORIES_POLICY,
    GIT_ATTRIBUTES,
    KEY_LIST,
    KEY_LIST_SIGNATURE,
    MANIFEST,
    REASONS_POLICY,
    schema_path,
)
from memberarc.archive.manifest import Manifest, find_time_zone, write_manifest
from memberarc.archive.message import Act
from memberarc.archive.revisions import is_unborn
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.archive.tuning import tune
from memberarc.errors import DuplicateError, SettingsError, UsageError
from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.shipped import KINDS, compose_schema, profiles, shipped_file
from memberarc.people.access import (
    administrators,
    allowed_signers,
    founding_access,
    parse_access,
    recipients_for_level,
)
from memberarc.people.ssh import make_signing_key, public_key_of, sign
from memberarc.people.user_files import write_vaults
from memberarc.review.file_checks import FileChecks
from memberarc.sealing.age.crypt import generate_identity, load_identities
from memberarc.sealing.keys.key_list import (
    KeyList,
    Recipient,
    list_key,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE, accept_key_list, write_pin
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key
from memberarc.sealing.vault.register import RegisteredReplica, spread_register
from memberarc.sealing.vault.replica import create_vault

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.snapshot import Snapshot
    from memberarc.formats.canonical_yaml import Node

_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")

# Every type is named: settings of a person's git must neither touch line ends nor merge ciphertext.
ATTRIBUTES: Final = b"""\
*.yaml text eol=lf diff=memberarc merge=memberarc
*.csv text eol=lf diff=memberarc merge=memberarc
*.json text eol=lf
*.sig text eol=lf
*.age -text -diff -merge
.gitattributes text eol=lf
"""


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
    repository = _repository(caller.directory, role_address=request.role_address)
    user, archive = caller.user, new_long_id()
    founder = _found(caller)
    vault = (request.vault or user.default_vault(archive)).resolve()
    made_vault = create_vault(vault, archive=archive)
    entry = RegisteredReplica(
        replica=made_vault.replica, added=caller.now.date().isoformat(), label="first"
    )
    spread_register(made_vault, {entry.replica: entry}, today=caller.now.date())
    manifest = Manifest(
        archive=archive,
        name=request.name,
        vault=made_vault.vault_id,
        profile=request.profile,
        languages=request.languages,
        time_zone=request.time_zone,
        country=request.country,
        currency=request.currency,
    )
    access = founding_access(
        request.person, signing_key=founder.signing_key, recipient=founder.recipient
    )
    files = {
        MANIFEST: write_manifest(manifest),
        GIT_ATTRIBUTES: ATTRIBUTES,
        ACCESS_POLICY: write_yaml(access),
        CATEGORIES_POLICY: shipped_file(CATEGORIES_POLICY),
        REASONS_POLICY: shipped_file(REASONS_POLICY),
        **{schema_path(kind): compose_schema(kind, profile=request.profile) for kind in KINDS},
        **_key_files(caller, access, archive=archive),
    }
    commit = _first_commit(repository, files)
    tune(repository)
    write_vaults(user.settings(archive), vaults=(vault,), replica_ids={vault: made_vault.replica})
    accepted = accept_key_list(
        files[KEY_LIST],
        path=KEY_LIST,
        archive=archive,
        signature=files[KEY_LIST_SIGNATURE],
        signers=allowed_signers(administrators(parse_access(access, path=ACCESS_POLICY))),
        pin=None,
    )
    write_pin(user.key_pin(archive), pin=accepted.pin)
    remember_archive(repository, archive)
    return Started(
        directory=caller.directory,
        archive=archive,
        commit=commit,
        identity=user.identity,
        signing_key=user.signing_key,
        vault=vault,
        made_identity=founder.made_identity,
        made_signing_key=founder.made_signing_key,
    )


def _refuse_occupied(directory: Path) -> None:
    if directory.exists() and any(entry.name != ".git" for entry in directory.iterdir()):
        raise DuplicateError(
            "the directory is not empty", where=str(directory), hint="name a new directory"
        )


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


def _key_files(caller: Caller, access: dict[str, Node], *, archive: str) -> dict[str, bytes]:
    """Make one key a level, each wrapped for its readers, and sign their list."""
    readers = parse_access(access, path=ACCESS_POLICY)
    files: dict[str, bytes] = {}
    entries = []
    for level in SEALED_LEVELS:
        key = new_level_key(level, epoch=1, archive=archive)
        to = recipients_for_level(readers, level)
        content = wrap_level_key(
            key, archive=archive, recipients=[reader.recipient for reader in to]
        )
        files[key.path] = content
        listed = tuple(
            Recipient(id=new_item_id(), person=reader.person, recipient=reader.recipient)
            for reader in to
        )
        entries.append(list_key(key, entry_id=new_item_id(), content=content, recipients=listed))
    policy = policy_digest(write_yaml(access))
    key_list = write_key_list(
        KeyList(archive=archive, number=1, access=policy, keys=tuple(entries))
    )
    signature = sign(key_list, key=caller.user.signing_key, namespace=KEY_LIST_NAMESPACE)
    return {**files, KEY_LIST: key_list, KEY_LIST_SIGNATURE: signature}


def _first_commit(repository: Repository, files: dict[str, bytes]) -> str:
    def plan(_snapshot: Snapshot) -> Plan:
        return Plan(
            changes=tuple(Change(path=path, content=content) for path, content in files.items()),
            act=Act(name="init", subject="start the archive"),
        )

    commit = transact(repository, plan, validate=FileChecks(files.get).problems)
    assert commit is not None
    return commit
