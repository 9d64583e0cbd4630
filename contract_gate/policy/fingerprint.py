"""What makes a finding the same finding tomorrow: the rule and the thing, never the line.

Code scanning, Code Quality and waivers follow a finding by it while unrelated lines move.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.origin import Origin
from contract_gate.core.relation import Location
from contract_gate.policy.finding import Finding

LENGTH = 32
"""Digits of a fingerprint."""


def fingerprint(
    rule: str, changes: Sequence[Change], location: Location | None, origin: Origin | None = None
) -> str:
    """Digest the rule, path, and each change's relation, column and both sides' texts (white space folded): `LENGTH` hex digits.

    Of a cause that several models share only the rule and the `origin`, whichever models it reaches.
    """
    parts = [rule, (location.path or "") if location else ""]
    if origin is not None:
        parts += origin.identity
    if origin is None or len(changes) == 1:
        for change in sorted(changes, key=lambda one: (one.kind, one.column or "")):
            parts += [change.kind] if len(changes) > 1 else []
            parts += [str(change.relation or ""), change.column or ""]
            parts += [" ".join((text or "").split()) for text in (change.before, change.after)]
    return _digest(parts)


def numbered_apart(findings: Iterable[Finding]) -> list[Finding]:
    """Number the findings that digest to the same, in the order given, so that each has its own."""
    seen: dict[str, int] = {}
    apart = []
    for finding in findings:
        count = seen.get(finding.fingerprint, 0)
        seen[finding.fingerprint] = count + 1
        own = _digest([finding.fingerprint, str(count)]) if count else finding.fingerprint
        apart.append(replace(finding, fingerprint=own))
    return apart


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]
