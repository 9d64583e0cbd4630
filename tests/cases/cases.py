"""The before/after cases: pairs of queries, each with the class and kinds of what changed between them.

One TOML file a class; see the comments at its head. The harness (`test_cases.py`) asks the engine, and
`bench/check_labels.py` asks DuckDB whether the labels are true.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
CLASSES = ("none", "additive", "values", "rows", "schema", "undecided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pair. `kinds` must be among the changes; `columns` are those a column's kind names, all of them.

    `accepted` holds `change_class` and, for the few pairs that can be read in two ways, the other class.
    `truth` is `run` where DuckDB can check the label, `read` where it can't.
    """

    name: str
    change_class: str
    accepted: tuple[str, ...]
    dialect: str
    before: str
    after: str
    tables: Mapping[str, Mapping[str, str]]
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    truth: str
    note: str


def load_cases() -> tuple[Case, ...]:
    """Read every case, in the order of the files."""
    tables = _read("tables")
    return tuple(
        _case(change_class, raw, tables) for change_class in CLASSES for raw in _read(change_class)["case"]
    )


def load_rewrites() -> tuple[Case, ...]:
    """Read the rewrites of `rewrites.toml` as cases of the class `none`."""
    tables = _read("tables")
    return tuple(
        _case("none", {"id": raw["id"], "dialect": raw["dialect"], "before": raw["before"], "after": raw["same"],
                       "truth": "read" if raw.get("read") else "run"}, tables)
        for raw in _read("rewrites")["pairs"]
    )  # fmt: skip


def load_edits() -> tuple[Case, ...]:
    """Read the edits of `rewrites.toml` that are near a rewrite and none; whatever they change, it is told."""
    tables, raw = _read("tables"), _read("rewrites")
    near = [{"id": f"{one['id']}-near", **one, "after": one["near"]} for one in raw["pairs"]]
    alone = [{"id": f"edit-{place}", **one} for place, one in enumerate(raw["edits"], 1)]
    return tuple(
        _case(
            "told",
            {"id": one["id"], "dialect": one["dialect"], "before": one["before"], "after": one["after"]},
            tables,
        )
        for one in (*near, *alone)
    )


def _read(stem: str) -> dict:
    return tomllib.loads((FOLDER / f"{stem}.toml").read_text(encoding="utf-8"))


def _case(change_class: str, raw: dict, tables: dict) -> Case:
    allowed = {"id", "before", "after", "dialect", "schema", "kinds", "columns", "or", "truth", "note"}
    if unknown := raw.keys() - allowed:
        raise ValueError(f"{change_class}/{raw['id']}: unknown keys {sorted(unknown)}")
    return Case(
        name=f"{change_class}/{raw['id']}",
        change_class=change_class,
        accepted=(change_class, raw["or"]) if "or" in raw else (change_class,),
        dialect=raw.get("dialect", "postgres"),
        before=raw["before"],
        after=raw["after"],
        tables=raw.get("schema", tables),
        kinds=tuple(raw.get("kinds", ())),
        columns=tuple(raw.get("columns", ())),
        truth=raw.get("truth", "run"),
        note=raw.get("note", ""),
    )
