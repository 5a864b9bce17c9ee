"""Write and read commit messages: a subject without personal data, then the act's trailers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memberarc.errors import InternalError

_TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What one commit does, in codes only.

    ``fields`` are paths of fields at most internal; ``policy`` the digest of ``policy/``;
    ``reason`` a code of ``policy/reasons.yaml``; ``sealed_reason`` free text as an ``enc:`` value,
    sealed under the one member the act is about.
    """

    name: str
    subject: str
    member: str | None = None
    count: int | None = None
    fields: tuple[str, ...] = ()
    rule: str | None = None
    policy: str | None = None
    request: str | None = None
    reason: str | None = None
    sealed_reason: str | None = None


def commit_message(act: Act) -> str:
    """Compose the message of an act's commit.

    Raises:
        InternalError: something in it is not one line of ASCII, or a batch carries a sealed reason.
    """
    if act.member is not None and act.count is not None:
        raise InternalError("an act is about one member or a number of them, not both")
    if act.sealed_reason is not None:
        if act.member is None:
            raise InternalError("a sealed reason needs the one member it is sealed under")
        if not act.sealed_reason.startswith("enc:"):
            raise InternalError("a reason in clear may not enter a commit message")
    trailers = [
        ("Memberarc-Act", act.name),
        ("Memberarc-Member", act.member),
        ("Memberarc-Count", None if act.count is None else str(act.count)),
        *(("Memberarc-Field", field) for field in act.fields),
        ("Memberarc-Rule", act.rule),
        ("Memberarc-Policy", act.policy),
        ("Memberarc-Request", act.request),
        ("Memberarc-Reason", act.reason),
        ("Memberarc-Note", act.sealed_reason),
    ]
    lines = [f"{key}: {_one_line(value)}" for key, value in trailers if value is not None]
    return "\n".join([_one_line(act.subject), "", *lines, ""])


def parse_trailers(message: str) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a message: its last paragraph, when every line of it is one."""
    lines = message.strip().replace("\r\n", "\n")
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", lines)
    if len(paragraphs) < 2:
        return ()
    trailers: list[tuple[str, str]] = []
    for line in paragraphs[-1].split("\n"):
        match = _TRAILER.fullmatch(line.rstrip())
        if match is None:
            return ()
        trailers.append((match[1], match[2]))
    return tuple(trailers)


def _one_line(text: str) -> str:
    if not text or text != text.strip() or not (text.isascii() and text.isprintable()):
        # The text itself stays out of the error: it may be what must not be written.
        raise InternalError("a commit message takes single lines of printable ASCII only")
    return text
