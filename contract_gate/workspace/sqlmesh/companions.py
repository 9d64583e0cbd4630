"""What names columns beside a SQLMesh model's query: keys, partitions, audits, and the statements before and after it.

https://sqlmesh.readthedocs.io/en/stable/concepts/models/overview/, https://sqlmesh.readthedocs.io/en/stable/concepts/audits/
Each is written as a statement over the model's relation.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import Companion, HoleKind, Rendered
from contract_gate.workspace.sqlmesh.blocks import (
    inside,
    properties,
    split_list,
    statements,
    uncommented,
    unquoted,
)
from contract_gate.workspace.sqlmesh.declared import DeclaredModel
from contract_gate.workspace.sqlmesh.macros import Macros
from contract_gate.workspace.sqlmesh.writing import declares, from_jinja, is_query, write

MacrosOf = Callable[[Mapping[str, str]], Macros]
"""Gives the macros of the model, with further variables."""

_LITERALS = frozenset(
    {"is_in", "min_v", "max_v", "threshold", "interval", "inclusive", "pattern", "patterns", "blocking", "min_date",
     "buckets", "distance"}
)  # fmt: skip
_DEFINES = re.compile(r"\s*@DEF\b", re.IGNORECASE)
_MARK = re.compile(r"ON_VIRTUAL_UPDATE_(?:BEGIN|END)", re.IGNORECASE)
_SETTINGS = ("grain", "grains", "references", "partitioned_by", "clustered_by")
_SAID = frozenset({"grain", "grains", "references"})
"""SQLMesh builds the model without them: they are for comparisons of tables, and for who reads the declaration."""
_OPTIONS = ("unique_key", "time_column", "partitioned_by", "columns", "updated_at_name")
_ALIAS = re.compile(r"\s+AS\s+\w+\s*$", re.IGNORECASE)
BUILT_IN_AUDITS = frozenset(
    {"not_null", "unique_values", "accepted_values", "number_of_rows", "forall", "accepted_range", "at_least_one", "not_constant",
     "not_empty_string", "not_null_proportion", "not_accepted_values", "sequential_values", "unique_combination_of_columns",
     "mutually_exclusive_ranges", "valid_uuid", "valid_url", "valid_http_method", "valid_email", "match_regex_pattern_list",
     "not_match_regex_pattern_list", "match_like_pattern_list", "not_match_like_pattern_list", "z_score", "string_length_between",
     "string_length_equal", "stddev_in_range", "mean_in_range", "kl_divergence", "chi_square", "cardinality_equality", "relationship",
     "equality", "equal_row_count", "fewer_rows_than"}
)  # fmt: skip
"""https://sqlmesh.readthedocs.io/en/stable/concepts/audits/#built-in-audits, and those of `sqlmesh/core/audit/builtin.py`."""
_WHOLE = frozenset({"*", "true", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A query that an AUDIT block defines, and the values of its parameters where a model gives none."""

    sql: str
    defaults: Mapping[str, str]


def audits_in(text: str) -> Iterator[tuple[str, Audit]]:
    """Give the audits that a file defines, by their names in lower case."""
    parts = statements(text)
    for block, query in itertools.pairwise(parts):
        name = unquoted(block.properties.get("name", "")).lower() if block.block == "AUDIT" else ""
        if name and query.block is None:
            defaults = properties(inside(block.properties.get("defaults", "")) or "")
            yield name, Audit(sql=text[query.start : query.end], defaults=defaults)


def audits_of(declared: DeclaredModel) -> Iterator[tuple[str, str]]:
    """Give the names of a model's audits and what it writes for each."""
    for item in _listed(declared.properties.get("audits")):
        found = re.match(r"\s*(\w+)\s*(\(.*)?", uncommented(item), re.DOTALL)
        if found is not None:
            name = found[1].lower()
            yield name.removesuffix("_non_blocking"), found[2] or ""


def companions_of(
    declared: DeclaredModel, text: str, audits: Mapping[str, Audit], macros_of: MacrosOf
) -> Iterator[Companion]:
    """Give what a MODEL block, its audits and the statements beside its query name."""
    made = _CompanionMaker(declared, text, macros_of)
    for name in _SETTINGS:
        yield from made.keys(name, declared.properties.get(name))
    for name in _OPTIONS:
        if name != "updated_at_name" or declared.is_history:
            yield from made.keys(name, declared.options.get(name))
    yield from made.merge()
    for number, (name, given) in enumerate(audits_of(declared), 1):
        yield from made.audit(number, name, properties(inside(given) or ""), audits)
    yield from made.beside()


def decided_otherwise(
    declared: DeclaredModel, text: str, macros: Macros, taken: Rendered
) -> Iterator[Companion]:
    """Give the query with the branches that another gateway, environment or stage takes, where it has such."""
    macros.swaps = True
    other = write(declared, text, macros)
    if macros.is_open and other.sql is not None and other.sql != taken.sql:
        lines = other.lines or tuple(range(1, other.sql.count("\n") + 2))
        yield Companion(
            what="its query where a run decides its conditions otherwise", sql=other.sql, path=declared.path,
            line=declared.line, holes=other.holes, lines=lines, builds=True,
        )  # fmt: skip


class _CompanionMaker:
    def __init__(self, declared: DeclaredModel, text: str, macros_of: MacrosOf) -> None:
        self._declared, self._text, self._macros_of = declared, text, macros_of
        self._relation = declared.this_model

    def keys(self, name: str, value: str | None) -> Iterator[Companion]:
        columns = [_ALIAS.sub("", part) for part in _listed(value) if part.strip().lower() not in _WHOLE]
        if name == "time_column":
            columns = columns[:1]
        if columns:
            sql = f"SELECT 1 AS one FROM {self._relation} ORDER BY {', '.join(columns)}"  # noqa: S608 - parsed, never run
            yield replace(self._made(f"its {name}", name, sql), runs=name not in _SAID)

    def merge(self) -> Iterator[Companion]:
        options = self._declared.options
        sides = f"{self._relation} AS target"
        if matched := options.get("when_matched"):
            held = inside(matched)
            sql = f"MERGE INTO {sides} USING {self._relation} AS source ON 1 = 1 {held if held is not None else matched}"
            yield self._made("its when_matched", "when_matched", sql)
        if condition := options.get("merge_filter"):
            sql = f"SELECT 1 AS one FROM {sides} CROSS JOIN {self._relation} AS source WHERE {condition}"  # noqa: S608
            yield self._made("its merge_filter", "merge_filter", sql)

    def audit(
        self, number: int, name: str, given: Mapping[str, str], audits: Mapping[str, Audit]
    ) -> Iterator[Companion]:
        own = audits.get(name)
        what = f"its audit {name}" + (f" ({number})" if number > 1 else "")
        if own is not None:
            yield self._made(what, name, own.sql, {**own.defaults, **given})
            return
        values = [value for word, value in given.items() if word not in _LITERALS]
        expressions = [
            part for value in values for part in _listed(value) if part.strip().lower() not in _WHOLE
        ]
        if expressions:
            yield self._made(what, name, f"SELECT {', '.join(expressions)} FROM {self._relation}")  # noqa: S608

    def beside(self) -> Iterator[Companion]:
        """Give the statements before and after the query."""
        macros, number = self._macros_of({}), 0
        for part in self._declared.statements:
            bare = uncommented(self._text[part.start : part.end])
            if part.is_jinja or _MARK.fullmatch(bare.strip()) or (not part.jinja and is_query(bare)):
                continue
            if macros.define(bare) and _DEFINES.match(bare):
                continue
            number += 1
            line = self._text.count("\n", 0, part.start + len(bare) - len(bare.lstrip())) + 1
            body, problem = from_jinja(bare, macros) if part.jinja else (bare, None)
            if problem is not None:
                macros.lack(HoleKind.CODE, problem)
            for way, sql in enumerate(_ways(macros, body)):
                otherwise = " where a run decides otherwise" if way else ""
                yield Companion(
                    what=f"its statement {number}{otherwise}", sql=sql, path=self._declared.path, line=line,
                    holes=tuple(macros.holes), variables=declares(self._declared, self._text),
                )  # fmt: skip

    def _made(self, what: str, word: str, sql: str, variables: Mapping[str, str] | None = None) -> Companion:
        macros = self._macros_of(variables or {})
        place = re.compile(rf"\b{re.escape(word)}(?:_non_blocking)?\b", re.IGNORECASE).search(self._text)
        line = self._text.count("\n", 0, place.start()) + 1 if place else self._declared.line
        return Companion(
            what=what,
            sql=macros.expand(sql).strip(),
            path=self._declared.path,
            line=line,
            holes=tuple(macros.holes),
        )


def _ways(macros: Macros, statement: str) -> Iterator[str]:
    """Give what a statement is in one run, and in another that decides its conditions otherwise; none where it is nothing there."""
    written: dict[str, None] = {}
    for swaps in (False, True):
        macros.swaps = swaps
        written[macros.expand(statement)] = None
    macros.swaps = False
    yield from (sql for sql in written if sql.strip())


def _listed(value: str | None) -> list[str]:
    """Give the parts of `(a, b)`, `[a, b]` or `a`."""
    if value is None or not value.strip():
        return []
    held = inside(value)
    is_whole = held is not None and len(held) + 2 == len(value.strip())
    return split_list(held) if is_whole and held is not None else [value]
