"""An age plugin as others write them: a program of its own that speaks the plugin protocol.

It wraps a file key by mixing it with the last bytes of its recipient, which protects nothing. The
first byte of an identity says how it behaves: ``s`` asks for a PIN, ``c`` for a confirmation, ``w``
for a word, ``m`` tells a message, ``x`` dies, anything else just opens. It opens what was wrapped
for the recipient of the same bytes behind the first one.

Source: C2SP, age-plugin.md.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

from memberarc.sealing.age import bech32

NAME = "test"
PIN = "2468"


def install(folder: Path) -> Path:
    """Write the program into a folder that is on PATH, or will be."""
    program = folder / f"age-plugin-{NAME}"
    folder.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    program.chmod(0o755)
    return program


def recipient(content: bytes) -> str:
    return bech32.encode(f"age1{NAME}", content)


def identity(behaviour: str, content: bytes) -> str:
    return bech32.encode(f"age-plugin-{NAME}-", behaviour.encode() + content).upper()


def read() -> tuple[list[str], bytes]:
    first = sys.stdin.readline().rstrip("\n")
    body = ""
    while len(line := sys.stdin.readline().rstrip("\n")) == 64:
        body += line
    body += line
    return first.split(" ")[1:], base64.b64decode(body + "=" * (-len(body) % 4))


def received() -> Iterator[tuple[list[str], bytes]]:
    while (stanza := read())[0] != ["done"]:
        yield stanza


def send(*arguments: str, body: bytes = b"") -> None:
    text = base64.b64encode(body).rstrip(b"=").decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    if not len(text) % 64:
        lines.append("")
    sys.stdout.write("\n".join(["-> " + " ".join(arguments), *lines, ""]))
    sys.stdout.flush()


def ask(*arguments: str, body: bytes = b"") -> tuple[list[str], bytes]:
    send(*arguments, body=body)
    return read()


def mixed(key: bytes, content: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(key, content[-16:].ljust(16, b"-"), strict=True))


def wrap() -> None:
    recipients, file_keys = [], []
    for arguments, body in received():
        if arguments[0] == "add-recipient":
            recipients.append(bech32.decode(arguments[1], prefix=f"age1{NAME}"))
        elif arguments[0] == "wrap-file-key":
            file_keys.append(body)
    for number, file_key in enumerate(file_keys):
        for content in recipients:
            tag = content[:4].hex()
            ask("recipient-stanza", str(number), NAME, tag, body=mixed(file_key, content))
    send("done")


def unwrap() -> None:
    identities, stanzas = [], []
    for arguments, body in received():
        if arguments[0] == "add-identity":
            identities.append(bech32.decode(arguments[1], prefix=f"age-plugin-{NAME}-"))
        elif arguments[0] == "recipient-stanza" and arguments[2] == NAME:
            stanzas.append((arguments, body))
    for arguments, body in stanzas:
        for one in identities:
            if arguments[3] == one[1:5].hex():
                open_one(arguments[1], body, behaviour=chr(one[0]), content=one[1:])
    send("done")


def open_one(number: str, body: bytes, *, behaviour: str, content: bytes) -> None:
    if behaviour == "x":
        sys.exit(1)
    allowed = True
    if behaviour == "m":
        ask("msg", body=b"touch the card")
    elif behaviour == "c":
        yes, no = (base64.b64encode(word).rstrip(b"=").decode() for word in (b"in", b"out"))
        allowed = ask("confirm", yes, no, body=b"Is the card in or out?")[0] == ["ok", "yes"]
    elif behaviour == "w":
        allowed = ask("request-public", body=b"Which slot")[1] == b"9a"
    elif behaviour == "s":
        allowed = ask("request-secret", body=b"PIN of the card")[1] == PIN.encode()
    if allowed:
        ask("file-key", number, body=mixed(body, content))
    else:
        ask("error", "stanza", number, "0", body=b"the card stays closed")


if __name__ == "__main__":
    {"recipient-v1": wrap, "identity-v1": unwrap}[sys.argv[1].removeprefix("--age-plugin=")]()
