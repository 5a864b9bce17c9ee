"""Change the same fields of all members who answer a query, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.revision import Changes, Preview, Revision
from memberarc.acts.writing import commit_act
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Plan
from memberarc.errors import ConflictError, UsageError
from memberarc.formats.field_path import path_text
from memberarc.members.field_values import is_new_item
from memberarc.members.plain_values import refuse_protected
from memberarc.members.reasons import require_reason
from memberarc.search.conditions import words_of
from memberarc.search.query import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.search.query_tree import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateManyRequest:
    """Whom to change, by a query, and what; a second run changes nothing."""

    where: str
    changes: Changes
    reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedMany:
    """What was changed; ``commit`` is None after a dry run or when nothing differed."""

    preview: Preview
    commit: str | None


def update_many(
    caller: Caller, request: UpdateManyRequest, *, confirm: Callable[[Preview], None]
) -> UpdatedMany:
    """Set and remove fields of every member who answers the query, all of them or none.

    Args:
        confirm: is shown what would change, and raises what keeps it from being done; not asked
            before a dry run, nor when there is nothing to change.

    Raises:
        QuerySyntaxError, UsageError: the query or the changes make no sense.
        NoIdentityError: the query asks for values that no key at hand opens.
        InvalidRecordError: records would not fit; all of them are told.
        ConflictError: between the preview and the commit others came to answer than were confirmed.
    """
    query = parse_query(request.where)
    _refuse_unfit(request, query=query)
    archive = open_archive(caller.directory)
    if request.reason:
        require_reason(archive, request.reason, act="update")
    keys = open_keys(archive, caller)
    preview = Revision(archive, request.changes, query=query, ring=keys.ring).preview(caller)
    if preview.count and not request.dry_run:
        confirm(preview)

    def plan(current: Archive) -> Plan | None:
        revision = Revision(current, request.changes, query=query, ring=keys.at(current).ring)
        now = preview
        if current.snapshot.commit != archive.snapshot.commit:
            now = revision.preview(caller)
            _refuse_others(preview, now)
        if not now.count:
            return None
        sealing = revision.changes(now.places)
        changes = caller.watch(sealing, what="sealing records", total=now.count)
        return Plan(
            changes=changes,
            act=Act(
                name="update",
                subject=f"update {preview.count} members",
                count=preview.count,
                fields=preview.fields,
                policy=current.policy_digest,
                reason=request.reason or None,
            ),
        )

    return UpdatedMany(preview=preview, commit=commit_act(archive, plan, dry_run=request.dry_run))


def _refuse_unfit(request: UpdateManyRequest, *, query: Query) -> None:
    if query.root is None:
        raise UsageError(
            "an empty query means everybody", hint="--where 'id:*' if that is what you mean"
        )
    if not all(word.folded for leaf in query.leaves for word in words_of(leaf)):
        raise UsageError(
            "a word of the query has no letter or digit, and everybody answers it",
            hint="leave it out",
        )
    if not request.changes.paths:
        raise UsageError("nothing to change", hint="memberarc update --where EXPR --set PATH=VALUE")
    for path in request.changes.paths:
        refuse_protected(path)
        if any(map(is_new_item, path)):
            raise UsageError(
                f"{path_text(path)}: an item that is new each time would be added again by a"
                " second run",
                hint="name it: notes[a1b2].text",
            )


def _refuse_others(confirmed: Preview, now: Preview) -> None:
    """Refuse to change others than were confirmed, whoever changed what in between."""
    differing = sorted({*confirmed.paths} ^ {*now.paths})
    if differing or confirmed.fields != now.fields:
        raise ConflictError(
            f"the archive was changed in between, and now {now.count} members would change"
            f" instead of {confirmed.count}; nothing has changed",
            where=differing[0] if differing else "",
            hint="run it again to see who answers now",
        )
