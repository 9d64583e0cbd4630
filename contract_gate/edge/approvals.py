"""What people answer on a pull request: `/contract-gate allow FINGERPRINT because …` in a comment, or a label. Values, and their file.

The job that may ask the host collects them (`edge.github.approvals` does on GitHub); whether somebody has the right to is for `app.approving`.
The file is JSON: `{"author": "login", "approvals": [{"login", "fingerprint" or "label", "reason", "url", "writes", "teams"}], "notes": []}`.
"""

import json
import re
from collections.abc import Iterator, Mapping

from contract_gate.core.errors import UsageError
from contract_gate.core.facts import Json
from contract_gate.core.json_fields import flag, needed, optional, parse, table, tables, text, texts
from contract_gate.core.values import dataclass

_COMMAND = re.compile(
    r"^/contract-gate[ \t]+allow[ \t]+(?P<fingerprint>[0-9a-f]{8,64})[ \t]+because[ \t]+(?P<reason>\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_BEGIN = re.compile(r"^/contract-gate\b", re.IGNORECASE | re.MULTILINE)
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's yes: to the finding of a `fingerprint`, or by a `label` to all of this commit.

    `writes`: they may write to the repository. `teams` are theirs, as `@org/team`, where the host tells.
    """

    login: str
    reason: str
    url: str = ""
    fingerprint: str | None = None
    label: str | None = None
    writes: bool = False
    teams: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Give what CODEOWNERS may call the person, without case."""
        return frozenset(name.casefold() for name in (f"@{self.login}", *self.teams))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What was said on a pull request, and whose it is. `notes` tell what was said and can't count."""

    author: str | None = None
    given: tuple[Approval, ...] = ()
    notes: tuple[str, ...] = ()


def commands_in(comment: str) -> Iterator[tuple[str, str]]:
    """Give the fingerprints that a comment allows, each with its reason."""
    plain = comment.replace("\r\n", "\n")
    for match in _COMMAND.finditer(plain):
        yield match["fingerprint"].lower(), match["reason"].strip()[:_LONGEST]


def is_addressed(comment: str) -> bool:
    """Tell whether a comment speaks to the gate, understood or not."""
    return _BEGIN.search(comment.replace("\r\n", "\n")) is not None


def write_approvals(approvals: Approvals) -> str:
    """Write the file."""
    given = [
        {
            "login": one.login, "reason": one.reason, "url": one.url, "fingerprint": one.fingerprint, "label": one.label,
            "writes": one.writes, "teams": list(one.teams),
        }
        for one in approvals.given
    ]  # fmt: skip
    return json.dumps({"author": approvals.author, "approvals": given, "notes": list(approvals.notes)})


def read_approvals(content: bytes, name: str) -> Approvals:
    """Read the file; UsageError where it is something else: an answer that is not understood must not be a wider one."""
    try:
        body = table(parse(content), "it")
        needed(body, "approvals")
        return Approvals(
            author=optional(body, "author"),
            given=tuple(map(_approval, tables(body, "approvals"))),
            notes=texts(body, "notes"),
        )
    except ValueError as error:
        hint = 'write {"author": …, "approvals": […]}, each with a `login`, a `reason`, and a `fingerprint` or a `label`'
        raise UsageError(f"the approvals were not read: {name}: {error}", hint) from error


def _approval(body: Mapping[str, Json]) -> Approval:
    login, reason = text(body, "login"), text(body, "reason")
    fingerprint, label = optional(body, "fingerprint"), optional(body, "label")
    if not (login.strip() and reason.strip()) or bool(fingerprint) == bool(label):
        raise ValueError("an approval lacks who, why or what")
    return Approval(
        login=login, reason=reason[:_LONGEST], url=optional(body, "url") or "", fingerprint=fingerprint or None, label=label or None,
        writes=flag(body, "writes"), teams=texts(body, "teams"),
    )  # fmt: skip
