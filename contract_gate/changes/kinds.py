"""The catalog of kinds of change, read from `catalog.toml` beside this file.

One page of data a kind: what it is called, how grave it is, why it matters and what to do instead. Detection
takes its messages from here (`describe`), the reports the way out, `docs/rules.md` everything.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, TypeAlias

from contract_gate.changes.change import ChangeClass, Kind
from contract_gate.relation import RelationName

LevelName: TypeAlias = Literal["error", "warning", "note"]
VALUE_LENGTH = 120
"""The longest `before` or `after` in a message, in characters; the change itself keeps the whole text."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NAMELESS = {"relation": "the result", "column": "(unnamed)"}
_LEVELS: Mapping[str, LevelName] = {"error": "error", "warning": "warning", "note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is known about a kind. `level` is the gravest that a known reader can raise a finding to."""

    kind: Kind
    title: str
    change_class: ChangeClass
    level: LevelName
    message: str
    why: str
    instead: str
    before: str
    after: str

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
    shown = {name: _shorten(value) for name, value in values.items() if value is not None}
    return _fill(PAGES[kind].message, shown)


def _fill(template: str, values: Mapping[str, str]) -> str:
    def keep(part: re.Match[str]) -> str:
        known = all(name in values for name in _PLACEHOLDER.findall(part.group(1)))
        return part.group(1) if known else ""

    names = {**_NAMELESS, **values}
    bare = _OPTIONAL.sub(keep, template)
    return _PLACEHOLDER.sub(lambda match: names[match.group(1)], bare)


def _shorten(value: str) -> str:
    folded = " ".join(value.split())
    return folded if len(folded) <= VALUE_LENGTH else folded[: VALUE_LENGTH - 1] + "…"


def _read() -> Mapping[Kind, Page]:
    text = files("contract_gate.changes").joinpath("catalog.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {Kind(name): _page(Kind(name), data) for name, data in tomllib.loads(text).items()}
    )


def _page(kind: Kind, data: Mapping[str, str]) -> Page:
    return Page(
        kind=kind,
        title=data["title"],
        change_class=ChangeClass(data["class"]),
        level=_LEVELS[data["level"]],
        message=data["message"],
        why=" ".join(data["why"].split()),
        instead=data["instead"].strip(),
        before=data["before"],
        after=data["after"],
    )


PAGES: Mapping[Kind, Page] = _read()
"""Every kind's page, in the order of the catalog."""
