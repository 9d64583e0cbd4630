"""Laws of the JSON report, over reports that hypothesis draws: what another program reads of it is what was found.

Reports are drawn and read back by the types of their fields, so a field that is added is drawn too: it is published, or named in `UNTOLD`.
"""

import datetime
import json
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contract_gate.compare.changes.change import Change, Witness
from contract_gate.compare.changes.origin import Origin
from contract_gate.compare.impact import Consumer, Effect, Impact
from contract_gate.core.coverage import CatalogState, Coverage, NotAnalysed
from contract_gate.core.relation import RelationName
from contract_gate.policy.finding import Finding
from contract_gate.policy.policy_rule import PolicyRule
from contract_gate.reports import json_
from contract_gate.reports.report import Report
from contract_gate.reports.rows import json_value
from contract_gate.sql.edits.edit import Edit

UNTOLD = {
    Report: {"deleted", "texts", "mentions", "hears_comments"},
    Change: {"increment", "foreign", "kept", "may_retype", "of_routine", "overload", "instead", "at_base"},
    Consumer: {"at_base"},
    Origin: {"end_line"},
    Edit: {"gone", "names", "reach", "rows"},
    CatalogState: {"hint", "drift", "limits"},
    Coverage: {"how", "aside", "setup"},
    Finding: {"headline", "awaits_catalog", "cut_short"},
    PolicyRule: {"change", "reader"},
}
"""What the JSON does not say: how a change was found, and what is in a finding's message already."""
NAMES = {"change_class": "class", "people": "users", "people_count": "users_count"}
"""Fields that the JSON has under another name."""

LATE = (Change, Finding, Impact)
"""What a report names without loading it."""
# Signs that mean something to JSON or to a CI runner, often enough to stand beside each other.
_SIGNS = st.sampled_from(["#", "##", "[", "\\", '"', "\\u0023", "::", "\n", "\x1b", "\u2028", "\U0001f600"])
TEXTS = st.one_of(st.text(max_size=8), st.lists(_SIGNS, max_size=6).map("".join))
PARTS = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), min_size=1, max_size=6)
# A report takes minutes to shrink, and pytest names the fields that differ.
AS_DRAWN = settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    object: st.one_of(
        st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False), TEXTS
    ),
    RelationName: st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: RelationName(tuple(parts))),
}  # fmt: skip


def told_fields(kind: type) -> dict[str, object]:
    hints = get_type_hints(kind, localns={each.__name__: each for each in LATE})
    return {each.name: hints[each.name] for each in fields(kind) if each.name not in UNTOLD.get(kind, set())}


@cache
def drawn(hint: Any) -> st.SearchStrategy[Any]:
    """Give values of a type: few of each, so that a report stays small."""
    if hint in PLAIN:
        return PLAIN[hint]
    kind, inner = get_origin(hint), get_args(hint)
    if kind is UnionType:
        return st.one_of(st.none(), *(drawn(each) for each in inner if each is not type(None)))
    if kind is dict:
        return st.dictionaries(drawn(inner[0]), drawn(inner[1]), max_size=2)
    if kind is tuple and get_origin(inner[0]) is tuple:  # pairs, whose first is a name
        pairs = st.dictionaries(TEXTS, drawn(get_args(inner[0])[1]), max_size=2)
        return pairs.map(lambda each: tuple(each.items()))
    if kind is tuple:
        return st.lists(drawn(inner[0]), max_size=2).map(tuple)
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return st.builds(hint, **{name: st.deferred(lambda of=of: drawn(of)) for name, of in told_fields(hint).items()})  # fmt: skip


def read(hint: Any, value: Any) -> Any:
    """Read a value of a type from what another program sees in the JSON."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind is UnionType:
        return None if value is None else read(inner[0], value)
    if kind is tuple and isinstance(value, dict):
        return tuple((name, read(get_args(inner[0])[1], each)) for name, each in value.items())
    if kind is tuple:
        return tuple(read(inner[0], each) for each in value)
    if hint is RelationName:
        return RelationName(tuple(value.split(".")))
    if isinstance(hint, type) and is_dataclass(hint):
        return hint(**{name: read(of, _field(hint, name, value)) for name, of in told_fields(hint).items()})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return "" if hint is str and value is None else value


def _field(kind: type, name: str, value: dict[str, Any]) -> Any:
    if name == "standing":  # its fields stand among the consumer's
        return value
    if kind is NotAnalysed and name == "line":  # a file of another kind that was not searched has none
        return value.get(name)
    return value[NAMES.get(name, name)]


def meant(report: Report) -> Report:
    """Give the report as the JSON means it: readers that feel nothing are left out, and a reader's tags are all of its tags."""
    searched = tuple(
        replace(kind, not_read=tuple(replace(file, line=None) for file in kind.not_read))
        for kind in report.coverage.searched
    )
    impacts = tuple(
        replace(impact, consumer=with_one_list_of_tags(impact.consumer))
        for impact in report.impacts
        if impact.effect is not Effect.UNAFFECTED
    )
    return replace(report, coverage=replace(report.coverage, searched=searched), impacts=impacts)


def with_one_list_of_tags(consumer: Consumer) -> Consumer:
    tags = tuple(dict.fromkeys((*consumer.tags, *consumer.standing.tags)))
    return replace(consumer, tags=tags, standing=replace(consumer.standing, tags=tags))


@AS_DRAWN
@given(drawn(Report))
def test_a_report_reads_back_as_it_was(report: Report) -> None:
    """Every finding, change and reader comes back from the JSON with the same facts, whatever texts are in it."""
    text = json_.render(report)
    assert text.isascii()
    assert read(Report, json.loads(text)) == meant(report)


@AS_DRAWN
@given(drawn(Report))
def test_what_was_read_is_written_alike(report: Report) -> None:
    """A program that writes the report again from what it read writes the same file."""
    text = json_.render(report)
    assert json_.render(read(Report, json.loads(text))) == text


VALUES = st.one_of(
    st.integers(-(2**200), 2**200),
    st.decimals(allow_nan=False),
    st.floats(allow_nan=False),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=8),
)


@given(VALUES)
def test_a_value_keeps_its_digits(value: object) -> None:
    """A value of a row that JSON can't hold comes as a text that reads back as the very value."""
    found: Any = json.loads(json_.dumps(json_value(value)))
    match value:
        case bytes():
            assert bytes.fromhex(found) == value
        case datetime.date():
            assert type(value).fromisoformat(found) == value
        case int() | float() | Decimal():
            assert type(value)(found) == value


@given(drawn(Witness))
def test_a_row_is_never_shortened(witness: Witness) -> None:
    """The JSON has every row of a witness, and every column of a row in its order."""
    found: Any = json.loads(json_.dumps(json_.witness_object(witness)))
    assert [list(row) for row in found["before"]] == [list(row) for row in witness.before]
    assert {name: len(rows) for name, rows in found["tables"].items()} == {
        name: len(rows) for name, rows in witness.tables
    }
