"""The commands ``document add``, ``update``, ``list``, ``get`` and ``remove``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.change_options import reason_for
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.acts.document.filing import DocumentKept
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.output.result import Cell

_COLUMNS = (
    "id",
    "level",
    "title",
    "file_name",
    "size_bytes",
    "stored",
    "pages",
    "location",
    "added_on",
)

Member = Annotated[
    str,
    typer.Argument(metavar="ID", help="The member's code or uid.", autocompletion=complete_member),
]
Document = Annotated[str, typer.Argument(metavar="DOC", help="The document's id.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to keep.")]


def add(
    member: Member,
    file: File,
    *,
    level: Annotated[
        str, typer.Option("--level", metavar="L", help="internal, confidential or secret.")
    ],
    title: Annotated[str, typer.Option("--title", metavar="T", help="What it is; sealed.")],
    pages: Annotated[int | None, typer.Option("--pages", help="Of the paper.")] = None,
    location: Annotated[
        str, typer.Option("--location", help="Where the paper lies: a code such as A-03-2.")
    ] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Encrypt a file and keep it with a member, unless it is kept already.

    Example: memberarc document add M2026-000001 id.pdf --level confidential --title 身份证复印件
    """
    from memberarc.acts.document.keep_document import DocumentRequest, add_document
    from memberarc.cli.calling import caller_at

    added = add_document(
        caller_at(directory),
        DocumentRequest(
            member=member,
            file=file,
            level=level,
            title=title,
            pages=pages,
            location=location,
            dry_run=dry_run,
        ),
    )
    outcome = f"added document {added.item} to {added.code}"
    return _kept(
        added,
        command="document add",
        text=added.item,
        done=outcome if added.commit else f"would add a document to {added.code}",
    )


def update(
    member: Member,
    document: Document,
    file: File,
    *,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Put a new version of a document in the place of the one before; history keeps both.

    Example: memberarc document update M2026-000001 h7w2 id.pdf
    """
    from memberarc.acts.document.keep_document import update_document
    from memberarc.cli.calling import caller_at

    updated = update_document(caller_at(directory), member, document, file=file, dry_run=dry_run)
    verb = "updated" if updated.commit else "would update"
    return _kept(
        updated,
        command="document update",
        text="",
        done=f"{verb} document {updated.item} of {updated.code}, level {updated.level}",
    )


def list_documents(member: Member, *, directory: Directory = HERE) -> Result:
    """List the documents of a member.

    Example: memberarc document list M2026-000001
    """
    from memberarc.acts.document.documents import list_documents
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import SEALED, counted

    documents = list_documents(caller_at(directory), member)
    rows = tuple(
        tuple(
            SEALED if str(value).startswith("enc:") else value
            for key in _COLUMNS
            for value in [_cell(entry, key)]
        )
        for entry in documents.entries
    )
    return Result(
        command="document list",
        data={
            "id": documents.code,
            "documents": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
        },
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
        notices=(documents.notice,) if documents.notice else (),
        done=(f"{counted(len(rows), 'document')} of {documents.code}",),
    )


def get(
    member: Member,
    document: Document,
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write; must not exist."),
    ] = None,
    directory: Directory = HERE,
) -> Result:
    """Open a document again.

    Example: memberarc document get M2026-000001 h7w2 -o ../id.pdf
    """
    from memberarc.acts.document.documents import get_document
    from memberarc.cli.calling import caller_at
    from memberarc.errors import UsageError

    if output is None or not output.name:
        raise UsageError("say where to write", hint="-o FILE")
    if str(output) == "-":
        raise UsageError(
            "a document is not written to a stream: it counts only when all of it has opened",
            hint="-o FILE",
        )
    get_document(caller_at(directory), member, document, target=output)
    return Result(
        command="document get",
        wrote=True,
        data={"id": member, "document": document, "file": str(output)},
        text="",
        done=(f"wrote {output}",),
    )


def remove(
    member: Member,
    document: Document,
    *,
    reason: Annotated[str, reason_for("update")] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take a document out of a member's record; older versions keep it until a purge.

    Example: memberarc document remove M2026-000001 h7w2 --reason correction
    """
    from memberarc.acts.document.documents import remove_document
    from memberarc.cli.calling import caller_at

    removed = remove_document(
        caller_at(directory), member, document, reason=reason, dry_run=dry_run
    )
    place = "the store" if removed.outside else "history"
    commit = removed.commit
    return Result(
        command="document remove",
        wrote=True,
        data={"id": removed.code, "document": removed.item, "commit": commit},
        text="",
        done=(
            f"removed document {removed.item} of {removed.code} (commit {commit[:7]})",
            f"its ciphertext stays in {place}, and opens until the member is purged",
        )
        if commit
        else (f"would remove document {removed.item} of {removed.code}",),
    )


def _kept(kept: DocumentKept, *, command: str, text: str, done: str) -> Result:
    """Tell where a file went, or that it was there already."""
    from memberarc.cli.views import uncommitted_notice

    if kept.unchanged:
        done = f"unchanged: {kept.code} has this file as document {kept.item}"
    elif kept.commit:
        done += f" (commit {kept.commit[:7]})"
    told = (f"its ciphertext lies outside git: {kept.path}",) if kept.outside else ()
    return Result(
        command=command,
        wrote=True,
        data={
            "id": kept.code,
            "document": kept.item,
            "level": kept.level,
            "path": kept.path,
            "stored": _stored(outside=kept.outside),
            "size_bytes": kept.size_bytes,
            "unchanged": kept.unchanged,
            "commit": kept.commit,
        },
        text=text,
        done=(done, *told) if kept.commit else (done,),
        notices=tuple(map(uncommitted_notice, kept.edited_rules)),
        next=(f"memberarc document get {kept.code} {kept.item} -o FILE",) if kept.commit else (),
    )


def _cell(entry: DocumentEntry, key: str) -> Cell:
    if key == "stored":
        return _stored(outside=entry.is_outside)
    cell: Cell = getattr(entry, key)
    return cell


def _stored(*, outside: bool) -> str:
    return "outside" if outside else "git"
