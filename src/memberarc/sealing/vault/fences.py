"""Fences: what the vault remembers of a purge, so that no share of that uid ever comes back.

Source: format.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from memberarc.archive.layout import UID
from memberarc.errors import VaultError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node

FENCE_FORMAT: Final = "fence/1"
STATES: Final = (
    "requested",
    "approved",
    "cooling_off",
    "cancelled",
    "fenced",
    "shredded",
    "committed",
    "certified",
)
"""The steps of a purge, in their order. Before ``fenced`` the share still opens.

What is cancelled goes on no more. It stands before ``fenced`` because a fence that another replica
raised in the meantime cannot be taken back.
"""

FROM_ANOTHER_REPLICA: Final = "restore the file from another replica of the vault"
_FIXED: Final = ("id", "asked_by", "reason", "policy", "not_before")


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceApproval:
    """Who approved the purge: the text signed, and the signature."""

    person: str
    role: str
    text: str
    signature: str

    def fact(self, name: str) -> str:
        """Return one line of the text by its first word; empty when there is none."""
        lines = (line.partition(" ") for line in self.text.splitlines())
        return next((value for key, _, value in lines if key == name), "")

    @property
    def age(self) -> tuple[str, ...]:
        """What tells the newer of two approvals of one person."""
        return (self.fact("not-after"), self.text, self.role, self.signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """How far the purge of a uid has come, and when it reached each state (UTC, ISO 8601).

    Args:
        id: the member's code when the purge was asked for; empty for a saved search, whose removal
            ends when it is committed. ``policy`` is the digest of that moment.
        not_before: when the cooling-off ends; empty without one.
        confirmations: by replica id, when it had destroyed the share and was read again.
        others: requests for the same uid that came to nothing, each without others of its own.
    """

    uid: str
    request: str
    state: str
    times: Mapping[str, str]
    approvals: tuple[FenceApproval, ...] = ()
    id: str = ""
    asked_by: str = ""
    reason: str = ""
    policy: str = ""
    not_before: str = ""
    cancelled_by: str = ""
    cancelled_for: str = ""
    confirmations: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Fence, ...] = ()

    def reached(self, state: str) -> bool:
        """Tell whether the purge has come to a state, or past it."""
        return STATES.index(self.state) >= STATES.index(state)

    @property
    def of_member(self) -> bool:
        """Tell a member's purge from the removal of a saved search."""
        return self.id != ""

    @property
    def unfinished(self) -> bool:
        """Tell whether something is left to do: neither cancelled nor come to its end."""
        return not self.reached("certified" if self.of_member else "committed") and (
            self.state != "cancelled"
        )

    def advanced(self, state: str, *, now: datetime) -> Fence:
        """Return the fence in a later state; unchanged when it has come that far already."""
        if self.reached(state):
            return self
        return replace(self, state=state, times={**self.times, state: utc_text(now)})

    def approved_by(self, approval: FenceApproval) -> Fence:
        """Return the fence with an approval added, in the place of an older one of that person."""
        return replace(self, approvals=_newest((*self.approvals, approval)))

    def cancelled(self, person: str, *, reason: str, now: datetime) -> Fence:
        """Return the fence cancelled; from the fence on there is nothing to go back to.

        Raises:
            ValueError: it has reached ``fenced``, or is cancelled already.
        """
        if self.reached("cancelled"):
            raise ValueError(f"a purge that is {self.state} cannot be cancelled")
        stopped = self.advanced("cancelled", now=now)
        return replace(stopped, cancelled_by=person, cancelled_for=reason)

    def confirmed(self, times: Mapping[str, datetime]) -> Fence:
        """Return the fence with the replicas added that destroyed the share, and when."""
        told = {replica: utc_text(moment) for replica, moment in times.items()}
        return replace(self, confirmations=_latest((self.confirmations, told)))


def joined_fences(fences: Sequence[Fence]) -> Fence:
    """Join what replicas tell of one uid's purge; in whatever order, it comes to the same.

    Within a request the furthest state counts, with all approvals and confirmations. Of several
    requests one that raised a fence counts before any other, then the one asked for last.
    """
    requests: dict[str, list[Fence]] = {}
    for fence in fences:
        for one in (fence, *fence.others):
            requests.setdefault(one.request, []).append(one)
    *others, last = sorted(map(_joined_request, requests.values()), key=_weight)
    return replace(last, others=tuple(others))


def _weight(fence: Fence) -> tuple[bool, str, str]:
    begun = fence.times.get("requested", fence.times.get("approved", ""))
    return fence.reached("fenced"), begun, fence.request


def _joined_request(fences: Sequence[Fence]) -> Fence:
    furthest = max(fences, key=lambda fence: STATES.index(fence.state))
    fixed: Any = {name: max(getattr(fence, name) for fence in fences) for name in _FIXED}
    by, reason = max((fence.cancelled_by, fence.cancelled_for) for fence in fences)
    times: dict[str, str] = {}
    for fence in fences:
        for state, time in fence.times.items():
            times[state] = min(time, times.get(state, time))
    return Fence(
        uid=furthest.uid,
        request=furthest.request,
        state=furthest.state,
        times=times,
        approvals=_newest(one for fence in fences for one in fence.approvals),
        cancelled_by=by,
        cancelled_for=reason,
        confirmations=_latest(fence.confirmations for fence in fences),
        **fixed,
    )


def _newest(approvals: Iterable[FenceApproval]) -> tuple[FenceApproval, ...]:
    """Keep the newest approval of each person, in the order of persons."""
    newest: dict[str, FenceApproval] = {}
    for one in approvals:
        newest[one.person] = max(one, newest.get(one.person, one), key=lambda each: each.age)
    return tuple(newest[person] for person in sorted(newest))


def _latest(confirmations: Iterable[Mapping[str, str]]) -> dict[str, str]:
    latest: dict[str, str] = {}
    for told in confirmations:
        for replica, time in told.items():
            latest[replica] = max(time, latest.get(replica, time))
    return dict(sorted(latest.items()))


def parse_fence(content: bytes, *, path: str) -> Fence:
    """Read a fence; only the bytes that ``write_fence`` gives are one.

    Raises:
        VaultError: they are others.
    """
    try:
        document: Any = read_canonical(content)
        others = document.pop("others", ())
        document.pop("format")
        fence = replace(_read(document), others=tuple(map(_read, others)))
        if write_fence(fence) == content and _is_of_texts(fence) and _is_of_one_member(fence):
            return fence
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise VaultError("not a fence", where=path, hint=FROM_ANOTHER_REPLICA)


def write_fence(fence: Fence) -> bytes:
    """Write the canonical bytes of a fence."""
    for one in (fence, *fence.others):
        if one.state not in STATES or not one.times.keys() <= set(STATES):
            raise ValueError(f"the states of a fence are {', '.join(STATES)}")
        for time in (*one.times.values(), *one.confirmations.values()):
            datetime.fromisoformat(time)
    others: list[Node] = [_document(one) for one in fence.others]
    return write_yaml({"format": FENCE_FORMAT, **_document(fence), "others": others})


def _read(document: Any) -> Fence:
    approvals = tuple(FenceApproval(**one) for one in document.pop("approvals", ()))
    confirmations = {one["id"]: one["confirmed_at"] for one in document.pop("replicas", ())}
    return Fence(approvals=approvals, confirmations=confirmations, **document)


def _is_of_texts(fence: Fence) -> bool:
    """Tell whether what must be text is; a number may be written the same."""
    texts: list[object] = []
    for one in (fence, *fence.others):
        texts += (getattr(one, each.name) for each in fields(one) if each.type == "str")
        texts += (value for each in one.approvals for value in (each.person, each.role, each.text))
    return all(isinstance(text, str) for text in texts)


def _is_of_one_member(fence: Fence) -> bool:
    uids = {one.uid for one in (fence, *fence.others)}
    return len(uids) == 1 and UID.fullmatch(fence.uid) is not None


def _document(fence: Fence) -> dict[str, Node]:
    words = {each.name: getattr(fence, each.name) for each in fields(fence) if each.type == "str"}
    return {
        **{name: word for name, word in words.items() if word},
        "times": {state: fence.times[state] for state in STATES if state in fence.times},
        "replicas": [
            {"id": replica, "confirmed_at": time} for replica, time in fence.confirmations.items()
        ],
        "approvals": [
            {
                "person": one.person,
                "role": one.role,
                "text": one.text,
                "signature": one.signature,
            }
            for one in fence.approvals
        ],
    }


def utc_text(moment: datetime) -> str:
    """Write a time as fences do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
