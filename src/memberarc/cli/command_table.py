"""The table of commands: all that help, completion and did-you-mean need to know of them."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEntry:
    """One word of the command line.

    Args:
        help: One line, as the list of commands shows it.
        target: The function that runs the command, ``module:function``; a group may go without.
        commands: The commands of a group.
        panel: The heading under which the list shows the command.
    """

    name: str
    help: str
    target: str = ""
    commands: tuple[CommandEntry, ...] = ()
    panel: str = "Commands"


def _command(name: str, told: str, target: str) -> CommandEntry:
    return CommandEntry(name=name, help=told, target=_place(target))


def _group(name: str, told: str, *commands: CommandEntry, target: str = "") -> CommandEntry:
    return CommandEntry(name=name, help=told, commands=commands, target=_place(target))


def _place(target: str) -> str:
    return f"memberarc.cli.commands.{target}" if target else ""


_PANELS = {
    "Archive": (
        _command("init", "Start an archive in a git repository.", "init:init"),
        _command("encrypt", "Seal values that stand in clear.", "encrypt:encrypt"),
        _command("verify", "Verify history, signatures and approvals.", "verify:verify"),
        _group(
            "leak",
            "Find values that stand in clear, and take them out.",
            _command("scan", "Find members' values in clear, in any version.", "leak:scan"),
            _command("rewrite", "Take such values out of all history.", "leak:rewrite"),
        ),
        _group(
            "key",
            "Look after the level keys.",
            _command("list", "List keys and who can open them.", "key:list_keys"),
            _command("grant", "Let a person read or sign.", "key_changes:grant"),
            _command(
                "revoke",
                "Keep a person from what is written from now on.",
                "key_changes:revoke",
            ),
            _command("rotate", "Make new keys, and seal every value again.", "key_changes:rotate"),
            _command("sign", "Put a changed access policy in force.", "key_changes:sign"),
            _command("inspect", "Tell without keys to whom they are encrypted.", "key:inspect"),
            _command("export", "Write an identity that opens one document.", "key:export"),
        ),
        _group(
            "identity",
            "Look after your own identity.",
            _command("new", "Make your identity.", "identity:new"),
            _command("show", "Tell the recipients to give to an administrator.", "identity:show"),
        ),
        _command("unlock", "Open the level keys once for the next minutes.", "unlock:unlock"),
        _command("lock", "Destroy the level keys that unlock has kept.", "unlock:lock"),
        _group(
            "vault",
            "Look after the vault.",
            _command("status", "Compare the replicas of the vault.", "vault:status"),
            _command("add-replica", "Make another replica of the vault.", "vault:add_replica"),
            _command("sync", "Bring the replicas of the vault together.", "vault:sync"),
            _command("move", "Move the nearest replica to another directory.", "vault:move"),
            _command("retire", "Give up a replica, at hand or lost.", "vault:retire"),
            _command("backup", "Write all shares to an encrypted file.", "vault_backup:backup"),
            _command("backups", "List backups, and whom they still open.", "vault_backup:backups"),
            _command(
                "backup-destroyed",
                "Attest that a backup was destroyed.",
                "vault_backup:backup_destroyed",
            ),
            _command("restore", "Bring shares back from a backup.", "vault_backup:restore"),
            _command(
                "escrow",
                "Give a backup to custodians, some of whom open it.",
                "vault_escrow:escrow",
            ),
            _command(
                "escrow-open",
                "Restore the vault with custodians' words.",
                "vault_escrow:escrow_open",
            ),
        ),
        _command("status", "Tell the state of the archive.", "status:status"),
        _command("doctor", "Find out what is missing on this machine.", "doctor:doctor"),
    ),
    "Members": (
        _command("add", "Open the record of a new member.", "add:add"),
        _command("update", "Change fields of a member.", "update:update"),
        _command("edit", "Change a member in your editor.", "edit:edit"),
        _command("show", "Show members, now or as of a revision.", "show:show"),
        _command("list", "List members.", "list:list_members"),
        _command("search", "Find members by name, pinyin, number or any field.", "search:search"),
        _group(
            "segment",
            "Keep searches, and run them again.",
            _command("save", "Save a search under a name.", "segment:save"),
            _command("list", "List the saved searches.", "segment:list_segments"),
            _command("show", "Show what a saved search asks for.", "segment:show"),
            _command("run", "Run a saved search over the members of now.", "segment:run"),
            _command("remove", "Remove a saved search for good.", "segment:remove"),
        ),
        _group(
            "index",
            "Look after the index that searches answer from.",
            _command("status", "Tell what the index holds.", "index:status"),
            _command("rebuild", "Make the index anew.", "index:rebuild"),
            _command("drop", "Delete the index.", "index:drop"),
        ),
        _command("log", "Show who changed what, when and why.", "log:log"),
        _command("diff", "Compare two versions field by field.", "diff:diff"),
        _command("import", "Take members in from a sheet.", "import_:import_members"),
        _group(
            "document",
            "Keep documents with a member.",
            _command("add", "Seal a file and keep it.", "document:add"),
            _command("update", "Put a new version in a document's place.", "document:update"),
            _command("list", "List the documents of a member.", "document:list_documents"),
            _command("get", "Open a document again.", "document:get"),
            _command("remove", "Take a document out of the record.", "document:remove"),
        ),
        _group(
            "purge",
            "Make a member unreadable in every copy, for ever.",
            _command("status", "Tell how far purges have come.", "purge_requests:status"),
            _command("approve", "Approve a purge that was asked for.", "purge_requests:approve"),
            _command("cancel", "Take a purge back before its fence.", "purge_requests:cancel"),
            _command("resume", "Go on with purges that stopped or waited.", "purge:resume"),
            _command("verify", "Try to open purged members everywhere.", "purge_proof:verify"),
            _command("certificate", "Show the certificate of a purge.", "purge_proof:certificate"),
            target="purge:purge",
        ),
        _group(
            "hold",
            "Keep a member's record from being purged.",
            _command("place", "Place a hold.", "hold:place"),
            _command("release", "Release a hold.", "hold:release"),
            _command("list", "List the holds.", "hold:list_holds"),
        ),
    ),
    "Rules and registers": (
        _command("check", "Check records and policies.", "check:check"),
        _command("classify", "Propose new categories from the ledger.", "classify:classify"),
        _group(
            "ledger",
            "Keep dated events.",
            _command("import", "Take events in.", "ledger:import_events"),
            _command("show", "Show the events of a member.", "ledger:show"),
        ),
    ),
}

COMMANDS = tuple(
    replace(entry, panel=panel) for panel, entries in _PANELS.items() for entry in entries
)
