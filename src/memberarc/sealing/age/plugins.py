"""Recipients and identities that age plugins look after: hardware keys, TPMs, FIDO tokens.

A plugin is a program ``age-plugin-NAME`` on PATH. The library starts it, once for every stanza it
is to open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from memberarc.errors import SealingError
from memberarc.sealing.age.asking import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memberarc.sealing.age.asking import Asker

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginIdentity:
    """All identities of one plugin, as the library takes them."""

    key: Any = field(repr=False)
    talk: PluginTalk


@dataclass(slots=True, kw_only=True)
class PluginTalk:
    """What a plugin wants to say or ask, handed on to the asker.

    An exception in here would abort the library, so Ctrl-C at a question is kept for later.
    """

    asker: Asker
    stopped: BaseException | None = None

    def display_message(self, message: str) -> None:
        self._kept(lambda: self.asker.tell(message))

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        no = no_string or "no"
        return self._kept(lambda: self.asker.choose(message, yes=yes_string, no=no))

    def request_public_string(self, description: str) -> str | None:
        return self._kept(lambda: self.asker.word(description))

    def request_passphrase(self, description: str) -> str | None:
        return self._kept(lambda: self.asker.secret(description))

    def _kept(self, ask: Callable[[], _Answer]) -> _Answer | None:
        if self.stopped:
            return None
        try:
            return ask()
        except BaseException as stop:  # noqa: BLE001 - raised again by resume
            self.stopped = stop
            return None

    def resume(self) -> None:
        """Raise what stopped a question."""
        if self.stopped:
            stop, self.stopped = self.stopped, None
            raise stop


def plugin_identities(lines: Sequence[str], *, asker: Asker) -> list[PluginIdentity]:
    """Read identities, ``AGE-PLUGIN-NAME-1...``, one for each plugin they name.

    Raises:
        IdentityError: a line is no such identity.
        SealingError: a plugin is not installed.
    """
    from pyrage import DecryptError, plugin

    identities = [plugin.Identity.from_str(line) for line in lines]
    found = []
    for name in dict.fromkeys(identity.plugin() for identity in identities):
        talk = PluginTalk(asker=asker)
        try:
            key = plugin.IdentityPluginV1(name, identities, talk)
        except DecryptError as err:
            raise _missing(name) from err
        found.append(PluginIdentity(key=key, talk=talk))
    return found


def plugin_recipient(text: str) -> Any:
    """Read a recipient, ``age1name1...``; wrapping for it asks nobody anything.

    Raises:
        RecipientError: it is no such recipient.
        SealingError: the plugin is not installed.
    """
    from pyrage import EncryptError, plugin

    recipient = plugin.Recipient.from_str(text)
    name = recipient.plugin()
    try:
        return plugin.RecipientPluginV1(name, [recipient], [], PluginTalk(asker=NOBODY))
    except EncryptError as err:
        raise _missing(name) from err


def _missing(name: str) -> SealingError:
    return SealingError(
        f"the program age-plugin-{name} is not on PATH",
        hint=f"install age-plugin-{name}",
    )
