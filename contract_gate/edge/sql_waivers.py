"""Waivers in the SQL itself: `-- contract-gate: allow column-removed until 2027-01-31 because nobody reads it`.

Pure: the caller reads the texts and says of which side they are. The comment means changes of that kind in the models of its own file, and
nothing else. One that is not understood waives nothing, and is told: text of a model stops no run.
"""

import re
from datetime import date

from contract_gate.compare.changes.change import Kind
from contract_gate.core.values import dataclass
from contract_gate.edge.sql_comments import DAY, END, LONGEST, told_in
from contract_gate.edge.waivers import Allowance

_TOLD = re.compile(
    rf"\s+(?P<kind>[a-z][a-z-]*)\s+until\s+{DAY}\s+because\s+(?P<reason>\S.*?){END}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InText:
    """The waivers that a text holds, and what is to be told of those that are not understood."""

    allowances: tuple[Allowance, ...] = ()
    problems: tuple[str, ...] = ()


def waivers_in(text: str, paths: tuple[str, ...]) -> InText:
    """Read the waivers of a file that goes by these names, the newest first."""
    allowances, problems = [], []
    for line, told in told_in(text, "allow"):
        found = _allowance(told, paths, line)
        if found is None:
            problems.append(
                f"the waiver at {paths[0]}:{line} is not understood and not used: write "
                "`contract-gate: allow KIND until 2027-01-31 because …`, with a kind of `contract-gate rules`"
            )
        else:
            allowances.append(found)
    return InText(allowances=tuple(allowances), problems=tuple(problems))


def _allowance(told: str, paths: tuple[str, ...], line: int) -> Allowance | None:
    match = _TOLD.match(told)
    if match is None or match["kind"].lower() not in set(Kind) - {Kind.UNDECIDED}:
        return None
    try:
        until = date.fromisoformat(match["day"])
    except ValueError:
        return None
    return Allowance(
        rule=match["kind"].lower(),
        paths=paths,
        reason=match["reason"][:LONGEST],
        by=f"{paths[0]}:{line}",
        until=until,
    )
