"""The catalog of kinds of change, read from `catalog.toml` beside this file.

One page of data a kind: what it is called, how grave it is, what the program asks of it (`Trait`), why it matters and
what to do instead. Detection takes its messages from here (`describe`), the reports the way out, `docs/rules.md` everything.
"""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, TypeAlias

from contract_gate.compare.changes.change import ChangeClass, Kind
from contract_gate.core.printable import cut
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.edits.edit import EditKind

LevelName: TypeAlias = Literal["error", "warning", "note"]
VALUE_LENGTH = 120
"""The longest `before` or `after` in a message, in characters; the change itself keeps more."""
TEXT_LENGTH = 4000
"""The longest `before` or `after` of a change, in characters."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NAMELESS = {"relation": "the result", "column": "(unnamed)"}
_LEVELS: Mapping[str, LevelName] = {"error": "error", "warning": "warning", "note": "note"}


class Trait(StrEnum):
    """What the program asks of a kind. One without a trait is taken for what is graver, never for what is milder."""

    GONE_RELATION = "gone-relation"
    """Nobody can read the relation by the name that it had."""
    GONE_COLUMN = "gone-column"
    """Nobody can read the column by the name that it had."""
    RENAMES = "renames"
    """The relation or column is there under another name."""
    RETYPED = "retyped"
    """The column has another type."""
    NEEDS_READERS = "needs-readers"
    """A reader who is not known may break on it: not having found one is worth saying."""
    RESHAPES = "reshapes"
    """It can change a reader's own columns without changing its text: its names may mean another relation now."""
    NAMES_COLUMNS = "names-columns"
    """The names of the relation's columns are others."""
    SHIFTS_COLUMNS = "shifts-columns"
    """Who fills the relation by the places of its columns may fill others than before."""
    OF_A_SELECT_LIST = "of-a-select-list"
    """It is of what a query gives; an UPDATE or MERGE, which assigns columns in any order, has none of it."""
    FLOWS_BY_VALUE = "flows-by-value"
    """It reaches what is computed from the column."""
    KEEPS_ROWS = "keeps-rows"
    """It claims that the columns which both sides have hold the same rows."""
    EXPLAINS_ROWS = "explains-rows"
    """Rows that a witness shows to differ are no surprise beside it."""
    NEEDS_MANY_ROWS = "needs-many-rows"
    """It takes more rows than a search makes to show it."""
    BESIDE_THE_QUERY = "beside-the-query"
    """What decides the rows stands beside the query, so that running the query can't show it."""
    NOT_OF_THE_SQL = "not-of-the-sql"
    """The model's own settings or place make it, so that it never comes from upstream."""
    SILENT_OUTSIDE = "silent-outside"
    """Nobody beyond the repository feels it."""
    HARMLESS = "harmless"
    """No reader in the repository feels it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPage:
    """What is known about a kind. `level` is the gravest that a known reader can raise a finding to, `level_here` the
    gravest of a reader in the repository that goes on. `settings`: what it comes from where a setting was edited, by the
    ends of their names; None where it comes from none. `edits`: what of a query, likeliest first. `happens` are the verbs after one relation and after many,
    `happens_in` the verbs between columns and the relation.
    """

    kind: Kind
    title: str
    change_class: ChangeClass
    level: LevelName
    level_here: LevelName
    traits: frozenset[Trait]
    settings: tuple[str, ...] | None
    edits: tuple[EditKind, ...]
    happens: tuple[str, str] | None
    happens_in: tuple[str, str] | None
    message: str
    why: str
    instead: str
    before: str
    after: str

    @property
    def advice(self) -> str:
        """Give the way out in a sentence or two, without the example."""
        return " ".join(self.instead.partition("```")[0].split())

    def to_dict(self) -> dict[str, str]:
        """Give the page as `contract-gate rules --format json` shows it."""
        return {
            "id": self.kind.value,
            "title": self.title,
            "class": self.change_class.value,
            "level": self.level,
            "message": self.message,
            "why": self.why,
            "instead": self.instead,
            "before": self.before,
            "after": self.after,
        }


def has(kind: Kind, trait: Trait) -> bool:
    """Tell whether the catalog gives the kind a trait."""
    return trait in PAGES[kind].traits


def class_of(kind: Kind) -> ChangeClass:
    """Give the kind's class."""
    return PAGES[kind].change_class


def describe(
    kind: Kind,
    *,
    relation: RelationName | str | None = None,
    column: str | None = None,
    before: str | None = None,
    after: str | None = None,
    reason: str | None = None,
) -> str:
    """Say in one line what happened, from the kind's template; values that are not known are left out.

    The values are shown as they are (white space folded, long ones cut): the reports escape them.
    """
    values = {
        "relation": None if relation is None else str(relation),
        "column": column,
        "before": before,
        "after": after,
        "reason": reason,
    }
    folded = {name: " ".join(value.split()) for name, value in values.items() if value is not None}
    template = PAGES[kind].message
    if "before" in folded and folded["before"] == folded.get("after"):
        template = _of_equal_texts(template)
    start = _first_difference(folded.get("before"), folded.get("after"))
    sides = ("before", "after")
    shown = {name: _cut(value, start if name in sides else 0) for name, value in folded.items()}
    return _fill(template, shown)


def bounded(text: str | None) -> str | None:
    """Cut a `before` or `after` that is longer than anybody reads."""
    return text if text is None else cut(text, TEXT_LENGTH)


_BOTH = "[: {before}][ → {after}]"


def _of_equal_texts(template: str) -> str:
    """Both sides are written alike, so what changed lies deeper: in a subquery or CTE that the text reads."""
    if "is computed in another way" in template:
        template = template.replace("is computed in another way", "is computed from something that changed")
        return template.replace(_BOTH, ": {before}")
    return template.replace(_BOTH, ", or something that it reads: {before}")


def _first_difference(before: str | None, after: str | None) -> int:
    """Find where two texts part, if that is farther than a message shows; else 0."""
    if before is None or after is None or before == after:
        return 0
    least = min(len(before), len(after))
    place = next((i for i in range(least) if before[i] != after[i]), least)
    return place if place >= VALUE_LENGTH - 10 else 0


def _fill(template: str, values: Mapping[str, str]) -> str:
    def keep(part: re.Match[str]) -> str:
        known = all(name in values for name in _PLACEHOLDER.findall(part.group(1)))
        return part.group(1) if known else ""

    names = {**_NAMELESS, **values}
    bare = _OPTIONAL.sub(keep, template)
    return _PLACEHOLDER.sub(lambda match: names[match.group(1)], bare)


def _cut(value: str, place: int) -> str:
    """Show the beginning, or what is around the place where the other side differs."""
    if place:
        value = "…" + value[max(place - VALUE_LENGTH // 2, 0) :]
    return cut(value, VALUE_LENGTH)


def _read() -> Mapping[Kind, KindPage]:
    text = files("contract_gate.compare.changes").joinpath("catalog.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {Kind(name): _page(Kind(name), data) for name, data in tomllib.loads(text).items()}
    )


def _page(kind: Kind, data: Mapping[str, object]) -> KindPage:
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    return KindPage(
        kind=kind,
        title=texts["title"],
        change_class=ChangeClass(texts["class"]),
        level=_LEVELS[texts["level"]],
        level_here=_LEVELS[texts["level-here"]],
        traits=frozenset(map(Trait, _words(data, "traits") or ())),
        settings=_words(data, "settings"),
        edits=tuple(map(EditKind, _words(data, "edits") or ())),
        happens=_verbs(data, "happens"),
        happens_in=_verbs(data, "happens-in"),
        message=texts["message"],
        why=" ".join(texts["why"].split()),
        instead=texts["instead"].strip(),
        before=texts["before"],
        after=texts["after"],
    )


def _words(data: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    value = data.get(name)
    return tuple(map(str, value)) if isinstance(value, list) else None


def _verbs(data: Mapping[str, object], name: str) -> tuple[str, str] | None:
    match _words(data, name):
        case (one, many):
            return one, many
        case _:
            return None


PAGES: Mapping[Kind, KindPage] = _read()
"""Every kind's page, in the order of the catalog."""
