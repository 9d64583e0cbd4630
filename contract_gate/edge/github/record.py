"""What a comment remembers of its run, in a hidden line: its commit, what it told, and what was resolved before.

The next run reads it to say what is resolved, and to keep the last verdict where it has none of its own. Texts in it are
Markdown that was escaped when it was written; the line is read from a comment of our own alone.
"""

import json
import re
from collections.abc import Sequence

from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass

MOST = 30
"""So many findings are remembered, worst first; more would take room from the page."""
_KNOWN = 200
"""Of more findings than these nothing is called resolved: not all of them could be written down."""
_DIGITS = 16
_SHOWN = 10
_LINE = re.compile(r"^<!-- contract-gate-record (.*) -->$", re.MULTILINE)
_STALE = "<!-- contract-gate-stale -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFinding:
    """A finding that a comment told: its fingerprint, and its first line in escaped Markdown.

    `subject` names its rule and file: while anything is told of them, an edited finding is not called resolved.
    """

    fingerprint: str
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a run told. `open`: what needs an answer; `known`: fingerprints and subjects, of notes and waived ones too;
    None where there are too many.
    """

    head: str
    open: tuple[ToldFinding, ...] = ()
    known: tuple[str, ...] | None = ()
    resolved: tuple[ToldFinding, ...] = ()


def written(record: Record) -> str:
    """Write the hidden line; nothing in it can end the comment in which it stands."""
    known = [word[:_DIGITS] for word in dict.fromkeys(record.known or ())]
    value = {
        "head": record.head,
        "open": [_pair(told) for told in record.open[:MOST]],
        "known": None if len(known) > _KNOWN or record.known is None else known,
        "resolved": [_pair(told) for told in record.resolved[:MOST]],
    }
    text = json.dumps(value, separators=(",", ":"))
    for sign in "-<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"<!-- contract-gate-record {text} -->"


def read(page: str) -> Record | None:
    """Read the record of a page; None where it has none that is understood."""
    found = _LINE.search(page.replace("\r\n", "\n"))
    if found is None:
        return None
    try:
        value: object = parse(found.group(1))
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("head"), str):
        return None
    known = value.get("known")
    return Record(
        head=value["head"], open=_told(value.get("open")), resolved=_told(value.get("resolved")),
        known=tuple(map(str, known)) if isinstance(known, list) else None,
    )  # fmt: skip


def following(page: str, earlier: str | None) -> str:
    """Add to a page what the comment before it told and this run does not find any more."""
    now = read(page)
    before = read(earlier) if earlier is not None else None
    if now is None or before is None or now.known is None:
        return page
    gone = [told for told in (*before.open, *before.resolved) if not _is_known(told, now.known)]
    if not gone:
        return page
    bare = _LINE.sub("", page).rstrip("\n")
    kept = Record(head=now.head, open=now.open, known=now.known, resolved=tuple(gone))
    return f"{bare}\n\n{_resolved(gone)}\n\n{written(kept)}\n"


def stale(said: str, earlier: str | None) -> str:
    """Write a page for a run without a verdict: what failed (escaped Markdown), and below it the last verdict."""
    head = f"### ❔ contract-gate: no verdict\n\n{said}\n"
    if earlier is None:
        return head
    last = _last(earlier)
    record = read(last)
    of = f", of commit {record.head[:10]}" if record is not None and record.head[:10].isalnum() else ""
    return f"{head}\n**The last verdict{of}, is below; it does not know what was pushed since.**\n\n{_STALE}\n\n{last}\n"


def _is_known(told: ToldFinding, known: Sequence[str]) -> bool:
    return told.fingerprint[:_DIGITS] in known or told.subject[:_DIGITS] in known


def _pair(told: ToldFinding) -> list[str]:
    return [told.fingerprint[:_DIGITS], told.text, told.subject[:_DIGITS]]


def _last(page: str) -> str:
    """Give the last verdict of a page: itself, or what it keeps below a failure."""
    plain = page.replace("\r\n", "\n")
    _, marked, last = plain.partition(_STALE)
    return (last if marked else plain).strip()


def _resolved(gone: Sequence[ToldFinding]) -> str:
    lines = [f"- ~~{told.text}~~" for told in gone[:_SHOWN]]
    if len(gone) > _SHOWN:
        lines.append(f"- +{len(gone) - _SHOWN} more")
    return "\n".join([f"**Resolved since the first report:** {len(gone)}\n", *lines])


def _told(value: object) -> tuple[ToldFinding, ...]:
    pairs = value if isinstance(value, list) else []
    return tuple(
        ToldFinding(fingerprint=str(pair[0]), text=str(pair[1]), subject=str(pair[2]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 3
    )
