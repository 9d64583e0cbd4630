"""Every before/after case through `contract_gate.diff`, and what must hold for all of them."""

import json
import tomllib
from functools import cache
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

import contract_gate
from contract_gate.core.remembering import remembering
from tests.cases.cases import Case, load_cases

CASES = load_cases()

GRAVITY = ("schema", "rows", "values", "undecided", "additive", "none")
_PAGES = tomllib.loads(
    files("contract_gate.compare.changes").joinpath("catalog.toml").read_text(encoding="utf-8")
)
CLASS_OF_KIND = {kind: page["class"] for kind, page in _PAGES.items()}
DUAL = {
    "column-added": "column-removed",
    "column-removed": "column-added",
    "relation-added": "relation-removed",
    "relation-removed": "relation-added",
}
OPTIONAL_TEXT = {"type": ["string", "null"]}
DIFF_SCHEMA = {
    "type": "object",
    "required": ["schema_version", "class", "changes"],
    "properties": {
        "schema_version": {"const": 1},
        "class": {"enum": list(GRAVITY)},
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    "kind",
                    "class",
                    "certainty",
                    "column",
                    "before",
                    "after",
                    "location",
                    "message",
                    "witness",
                ],
                "properties": {
                    "kind": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
                    "class": {"enum": list(GRAVITY[:-1])},
                    "certainty": {"enum": ["proven", "witnessed", "possible", "undecided"]},
                    "column": OPTIONAL_TEXT,
                    "before": OPTIONAL_TEXT,
                    "after": OPTIONAL_TEXT,
                    "message": {"type": "string", "minLength": 8},
                    "location": {
                        "type": ["object", "null"],
                        "required": ["line", "column"],
                        "properties": {
                            "line": {"type": "integer", "minimum": 1},
                            "column": {"type": "integer", "minimum": 1},
                        },
                    },
                    "witness": {"type": ["object", "null"]},
                },
            },
        },
    },
}
VALIDATOR = Draft202012Validator(DIFF_SCHEMA)


@cache
def answer(before: str, after: str, dialect: str, tables: str) -> dict:
    """Ask the engine once a pair; `tables` is JSON so that it can be a key."""
    schema = json.loads(tables) or None
    return contract_gate.diff(before, after, dialect=dialect, schema=schema, witness=False).to_dict()


def ask(case: Case) -> dict:
    return answer(case.before, case.after, case.dialect, json.dumps(case.tables))


def ask_swapped(case: Case) -> dict:
    return answer(case.after, case.before, case.dialect, json.dumps(case.tables))


def ask_itself(case: Case, side: str) -> dict:
    return answer(side, side, case.dialect, json.dumps(case.tables))


def kinds(told: dict) -> list[str]:
    return [change["kind"] for change in told["changes"]]


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_class(case: Case) -> None:
    """A pair is of the class that its label says, with nothing at all for a refactor."""
    told = ask(case)
    assert told["class"] in case.accepted, told["changes"]
    assert bool(told["changes"]) == (told["class"] != "none")


class Kept(dict[bytes, bytes]):
    """The facts of earlier runs, in memory; of all cases in one, so that one that is taken for another's is seen."""

    keep = dict.__setitem__


KEPT = Kept()


@each_case
def test_what_was_kept_of_a_comparison(case: Case) -> None:
    """A comparison that an earlier run made is told as it was then, field by field, and is not made again."""
    told = []
    for kept in (KEPT, counted := Kept(KEPT)):
        with remembering(kept):
            told.append(
                contract_gate.diff(
                    case.before, case.after, dialect=case.dialect, schema=case.tables or None, witness=False
                )
            )
        counted.update(KEPT)
    assert told[0] == told[1]
    assert told[0].to_dict() == ask(case)
    assert counted == KEPT


@each_case
def test_kinds_and_columns(case: Case) -> None:
    """The kinds and columns that the label names are among the changes, and no other column is."""
    told = ask(case)
    assert set(case.kinds) <= set(kinds(told)), told["changes"]
    if case.columns and told["class"] == case.change_class:
        prefix = {"schema": "column-removed", "values": "column-values-changed", "additive": "column-added"}
        named = [c["column"] for c in told["changes"] if c["kind"] == prefix[case.change_class]]
        assert sorted(named, key=str) == sorted(case.columns), told["changes"]


@each_case
def test_gravest_class_and_shape(case: Case) -> None:
    """The JSON has its documented shape, each kind its own class, and the whole the gravest of them."""
    told = ask(case)
    problems = [error.message for error in VALIDATOR.iter_errors(told)]
    assert problems == []
    assert json.loads(json.dumps(told)) == told
    for change in told["changes"]:
        assert change["class"] == CLASS_OF_KIND[change["kind"]]
    classes = [change["class"] for change in told["changes"]] or ["none"]
    assert told["class"] == min(classes, key=GRAVITY.index)


@each_case
def test_a_side_against_itself(case: Case) -> None:
    """A query against itself has not changed, unless it can't be understood."""
    for side in (case.before, case.after):
        told = ask_itself(case, side)
        if case.change_class == "undecided":
            assert told["class"] in {"none", "undecided"}
        else:
            assert told["class"] == "none", told["changes"]


@each_case
def test_swapped_sides(case: Case) -> None:
    """Head against base is the dual: what was added is removed, the rest keeps its class."""
    there, back = ask(case), ask_swapped(case)
    expected = {_shape(change, flipped=True) for change in there["changes"]}
    assert {_shape(change, flipped=False) for change in back["changes"]} == expected


def _shape(change: dict, *, flipped: bool) -> tuple[str, str | None]:
    """Reduce a change to what must be the same in the other direction.

    A widened type is a changed one on the way back, and rows may differ for a kind of another name (a join
    added, a source removed), so those are compared by class. A renamed column has another name on each side. A constraint
    that goes comes on the way back.
    """
    kind, column = change["kind"], change["column"]
    if kind in DUAL:
        return (DUAL[kind] if flipped else kind), column
    if kind.startswith("column-type"):
        return "column-type", column
    if kind == "column-nullable" or kind.startswith("constraint"):
        return "constraint" if column is None else "nullability", column
    if change["class"] in {"rows", "undecided"}:
        return change["class"], None
    return kind, None if kind in {"column-renamed", "column-reordered"} else column


def test_cases_are_well_formed() -> None:
    """Names are unique, the two sides differ, kinds exist, and every kind of a query's change has a case."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert all(case.before != case.after for case in CASES)
    named = {kind for case in CASES for kind in case.kinds}
    assert named <= CLASS_OF_KIND.keys()
    assert all(accepted in GRAVITY for case in CASES for accepted in case.accepted)


def test_no_false_safe() -> None:
    """Not one change of rows, values or schema is called none or additive."""
    grave = [case for case in CASES if case.change_class in {"schema", "rows", "values"}]
    missed = [case.name for case in grave if ask(case)["class"] in {"none", "additive"}]
    assert missed == []
