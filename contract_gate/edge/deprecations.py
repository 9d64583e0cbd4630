"""What goes out of use, as the configuration (`[[deprecated]]`) and comments in the SQL say it: until when it is promised.

Pure: the caller reads the texts, of the side whose word counts.
"""

import re
from collections.abc import Iterator
from datetime import date

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Promised, is_called
from contract_gate.edge.sql_comments import DAY, END, LONGEST, told_in
from contract_gate.edge.table import FileTable

_TOLD = re.compile(
    rf"(?:\s+(?P<column>[^\s\"`]+|\"[^\"]+\"|`[^`]+`))?\s+until\s+{DAY}(?:\s+because\s+(?P<reason>\S.*?))?{END}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedRelation:
    """An entry of the configuration: a relation, whole or by its last parts, or some of its columns."""

    relation: str
    columns: tuple[str, ...]
    until: date
    because: str | None = None

    def promised(self, name: RelationName, said_at: str) -> Iterator[Promised]:
        """Give what it says of a relation, if that is meant."""
        if is_called(self.relation, str(name)):
            for column in self.columns or (None,):
                yield Promised(
                    column=column, until=self.until.isoformat(), said_at=said_at, reason=self.because
                )


def deprecated_relation(entry: FileTable) -> DeprecatedRelation:
    """Read a `[[deprecated]]` table. UsageError for what is not understood."""
    one = DeprecatedRelation(
        relation=entry.required_text("relation"),
        columns=entry.words("columns"),
        until=entry.required_day("until"),
        because=entry.text("because"),
    )
    entry.close()
    return one


def promised_in(text: str, path: str) -> tuple[tuple[Promised, ...], tuple[str, ...]]:
    """Read the comments of a model's SQL, and say which are not understood: those promise nothing."""
    found, problems = [], []
    for line, told in told_in(text, "deprecated"):
        match = _TOLD.match(told)
        day = _day(match["day"]) if match is not None else None
        if match is None or day is None:
            problems.append(
                f"the deprecation at {path}:{line} is not understood and not used: write "
                "`contract-gate: deprecated COLUMN until 2027-01-31 because …`, without COLUMN for all of the relation"
            )
            continue
        found.append(
            Promised(
                column=match["column"].strip('"`') if match["column"] else None,
                until=day,
                said_at=f"{path}:{line}",
                reason=match["reason"][:LONGEST] if match["reason"] else None,
            )
        )
    return tuple(found), tuple(problems)


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
