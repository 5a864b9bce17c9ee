"""The table of commands: all that help, completion and did-you-mean need to know of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEntry:
    """One word of the command line.

    Args:
        help: One line, as the list of commands shows it.
        target: The function that runs the command, ``module:function``; empty for a group.
        commands: The commands of a group.
        panel: The heading under which the list shows the command.
    """

    name: str
    help: str
    target: str = ""
    commands: tuple[CommandEntry, ...] = ()
    panel: str = "Commands"


_ROOM = "memberarc.cli.commands"
_MEMBERS, _ARCHIVE, _WORK = "Members", "Archive", "Rules and registers"

COMMANDS = (
    CommandEntry(
        name="init",
        help="Start an archive in a git repository.",
        target=f"{_ROOM}.init:init",
        panel=_ARCHIVE,
    ),
    CommandEntry(
        name="add",
        help="Open the record of a new member.",
        target=f"{_ROOM}.add:add",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="update",
        help="Change fields of a member.",
        target=f"{_ROOM}.update:update",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="edit",
        help="Change a member in your editor.",
        target=f"{_ROOM}.edit:edit",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="show",
        help="Show one member, now or as of a revision.",
        target=f"{_ROOM}.show:show",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="list",
        help="List members.",
        target=f"{_ROOM}.list:list_members",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="search",
        help="Find members by name, pinyin, number or any field.",
        target=f"{_ROOM}.search:search",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="log",
        help="Show who changed what, when and why.",
        target=f"{_ROOM}.log:log",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="diff",
        help="Compare two versions field by field.",
        target=f"{_ROOM}.diff:diff",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="import",
        help="Take members in from a sheet.",
        target=f"{_ROOM}.import_:import_members",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="document",
        help="Keep documents with a member.",
        panel=_MEMBERS,
        commands=(
            CommandEntry(
                name="add", help="Seal a file and keep it.", target=f"{_ROOM}.document:add"
            ),
            CommandEntry(
                name="list",
                help="List the documents of a member.",
                target=f"{_ROOM}.document:list_documents",
            ),
            CommandEntry(name="get", help="Open a document again.", target=f"{_ROOM}.document:get"),
        ),
    ),
    CommandEntry(
        name="purge",
        help="Make a member unreadable in every copy, for ever.",
        target=f"{_ROOM}.purge:purge",
        panel=_MEMBERS,
    ),
    CommandEntry(
        name="check",
        help="Check records and policies.",
        target=f"{_ROOM}.check:check",
        panel=_WORK,
    ),
    CommandEntry(
        name="classify",
        help="Propose new categories from the ledger.",
        target=f"{_ROOM}.classify:classify",
        panel=_WORK,
    ),
    CommandEntry(
        name="ledger",
        help="Keep dated events.",
        panel=_WORK,
        commands=(
            CommandEntry(
                name="import", help="Take events in.", target=f"{_ROOM}.ledger:import_events"
            ),
            CommandEntry(
                name="show", help="Show the events of a member.", target=f"{_ROOM}.ledger:show"
            ),
        ),
    ),
    CommandEntry(
        name="encrypt",
        help="Seal values that stand in clear.",
        target=f"{_ROOM}.encrypt:encrypt",
        panel=_ARCHIVE,
    ),
    CommandEntry(
        name="verify",
        help="Verify history, signatures and approvals.",
        target=f"{_ROOM}.verify:verify",
        panel=_ARCHIVE,
    ),
    CommandEntry(
        name="key",
        help="Look after the level keys.",
        panel=_ARCHIVE,
        commands=(
            CommandEntry(
                name="list",
                help="List keys and who can open them.",
                target=f"{_ROOM}.key:list_keys",
            ),
        ),
    ),
    CommandEntry(
        name="vault",
        help="Look after the vault.",
        panel=_ARCHIVE,
        commands=(
            CommandEntry(
                name="status",
                help="Compare the replicas of the vault.",
                target=f"{_ROOM}.vault:status",
            ),
        ),
    ),
    CommandEntry(
        name="status",
        help="Tell the state of the archive.",
        target=f"{_ROOM}.status:status",
        panel=_ARCHIVE,
    ),
    CommandEntry(
        name="doctor",
        help="Find out what is missing on this machine.",
        target=f"{_ROOM}.doctor:doctor",
        panel=_ARCHIVE,
    ),
)
