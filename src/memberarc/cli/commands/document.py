"""The commands ``document add``, ``document list`` and ``document get``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("id", "level", "title", "file_name", "size_bytes", "pages", "location", "added_on")

Member = Annotated[str, typer.Argument(metavar="ID", help="The member's code or uid.")]


def add(
    member: Member,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to keep.")],
    *,
    level: Annotated[
        str, typer.Option("--level", metavar="L", help="internal, confidential or secret.")
    ],
    title: Annotated[str, typer.Option("--title", metavar="T", help="What it is; sealed.")],
    pages: Annotated[int | None, typer.Option("--pages", help="Of the paper.")] = None,
    location: Annotated[
        str, typer.Option("--location", help="Where the paper lies: a code such as A-12.")
    ] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Encrypt a file and keep it with a member.

    Example: memberarc document add M2026-000001 id.pdf --level confidential --title 身份证复印件
    """
    from memberarc.acts.documents import DocumentRequest, add_document
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
    return Result(
        command="document add",
        wrote=True,
        data={
            "id": added.code,
            "document": added.item,
            "path": added.path,
            "size_bytes": added.size_bytes,
            "commit": added.commit,
        },
        text=added.item,
        done=(
            f"added document {added.item} to {added.code} (commit {added.commit[:7]})"
            if added.commit
            else f"would add a document to {added.code}",
        ),
        next=(f"memberarc document get {added.code} {added.item} -o FILE",) if added.commit else (),
    )


def list_documents(member: Member, *, directory: Directory = HERE) -> Result:
    """List the documents of a member.

    Example: memberarc document list M2026-000001
    """
    from memberarc.acts.documents import list_documents
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import SEALED, counted

    documents = list_documents(caller_at(directory), member)
    rows = tuple(
        tuple(
            SEALED if str(value).startswith("enc:") else value
            for key in _COLUMNS
            for value in [getattr(entry, key)]
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
    document: Annotated[str, typer.Argument(metavar="DOC", help="The document's id.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write; must not exist."),
    ] = None,
    identity: Annotated[
        bool,
        typer.Option(
            "--identity", help="Instead write an age identity that opens this one document."
        ),
    ] = False,
    directory: Directory = HERE,
) -> Result:
    """Open a document again.

    Example: memberarc document get M2026-000001 h7w2 -o ../id.pdf
    """
    from memberarc.acts.documents import export_document_identity, get_document
    from memberarc.cli.calling import caller_at
    from memberarc.errors import UsageError

    if output is None or not output.name:
        raise UsageError("say where to write", hint="-o FILE")
    if identity:
        export_document_identity(caller_at(directory), member, document, target=output)
        notices: tuple[str, ...] = (f"whoever has {output} opens document {document} for ever",)
    else:
        get_document(caller_at(directory), member, document, target=output)
        notices = ()
    return Result(
        command="document get",
        wrote=True,
        data={"id": member, "document": document, "file": str(output)},
        text="",
        done=(f"wrote {output}",),
        notices=notices,
    )
