"""Score table and column lineage against a peer's published goldens: the DataHub project's SQL parsing tests.

    python bench/peer_goldens.py DIRECTORY [--show NAME]

DIRECTORY is a copy of DataHub's `metadata-ingestion/tests/unit/sql_parsing` (not kept here): its `test_*.py` hold
calls of `assert_sql_result(sql, dialect=…, schemas=…, expected_file=…)`, its `goldens/` the expected JSON. The calls
are read as syntax, nothing of the peer's is run. Names are compared in lower case. Prints a line for every case that
differs, with what is known of the reason (`QUIRKS`), and the totals beside those of plain sqlglot.
"""

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import contract_gate

Edges = dict[str, frozenset[tuple[str, str]]]
"""Downstream column → the (relation, column) pairs that its value comes from."""

_URN = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:[^,]+,(.+),[A-Z]+\)")
_DIALECTS = {"mssql": "tsql", "": ""}
_FIELDS = (
    "the peer names fields of structs; a column here is what the relation has, its fields are read with it"
)
_SHARDS = "the peer gives all shards of a BigQuery table one made-up name (yyyymmdd)"
QUIRKS = {
    "test_select_count": "the peer names an unnamed output by its SQL text, qualified",
    "test_select_with_full_col_name": _FIELDS,
    "test_select_from_struct_subfields": _FIELDS,
    "test_bigquery_unnest_columns": _FIELDS,
    "test_snowflake_full_table_name_col_reference": _FIELDS,
    "test_bigquery_sharded_table_normalization": _SHARDS,
    "test_bigquery_from_sharded_table_wildcard": _SHARDS,
    "test_teradata_strange_operators": "the peer counts the right side of EXCEPT as origin of values; no value of it comes out",
    "test_redshift_temp_table_shortcut": "the peer counts a temporary table as written; it does not outlive the session",
    "test_redshift_union_view": "the peer writes database.table where no schema is known; here such a name stays short",
    "test_snowflake_with_unnamed_column_from_udf_call": "the peer drops a column whose alias is a placeholder",
    "test_bigquery_indirect_references": "the peer does not read `IF(c, t, u).*` (its test says so)",
    "test_lateral_join": "the peer mixes what a LATERAL subquery filters by into the value (its test says so)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call of the peer's tests with its golden."""

    name: str
    sql: str
    dialect: str
    default_database: str | None
    default_schema: str | None
    schema: dict[str, dict[str, str]]
    reads: frozenset[str]
    writes: frozenset[str]
    columns: Edges | None


@dataclass(slots=True)
class Score:
    """What was right, and the sentences about what was not."""

    tables: int = 0
    tables_right: int = 0
    columns: int = 0
    columns_right: int = 0
    said: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--show", help="print the SQL of the cases whose name holds this text")
    options = parser.parse_args()
    score = Score()
    for case in cases(options.directory):
        judge(case, score)
        if options.show and options.show in case.name:
            print(f"{case.name} ({case.dialect}, {case.default_database}.{case.default_schema})\n{case.sql}")
            print(json.dumps(case.schema))
    print("\n".join(score.said))
    print(f"tables:  {score.tables_right} of {score.tables}")
    print(f"columns: {score.columns_right} of {score.columns}")
    return 0 if score.tables else 1


def cases(directory: Path) -> Iterator[Case]:
    """Read the peer's cases; those whose SQL is not a plain text or whose golden is missing are said and left out."""
    for path in sorted(directory.glob("test_*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                calls = [node for node in ast.walk(function) if _is_check(node)]
                for call in calls:
                    found = _case(function.name, call, directory, len(calls))
                    if found is not None:
                        yield found


def judge(case: Case, score: Score) -> None:
    """Compare one case and note what differs."""
    file = contract_gate.lineage(
        case.sql, case.dialect, case.schema, case.default_database, case.default_schema
    ).files[0]
    reads = {_plain(str(name)) for name in file.sources}
    writes = {_plain(str(name)) for name in file.targets}
    differences = _sets("reads", reads, case.reads) + _sets("writes", writes, case.writes)
    score.tables += 1
    score.tables_right += not differences
    if case.columns is not None:
        score.columns += 1
        edges = _edges(file)
        wrong = _columns(edges, case.columns)
        score.columns_right += not wrong
        differences += wrong
    if differences:
        why = QUIRKS.get(case.name, "not explained")
        problems = [problem.message for problem in file.problems][:2]
        score.said.append(f"{case.name}: {why}\n    " + "\n    ".join([*differences, *problems]))


def _edges(file: "contract_gate.app.lineage_report.FileLineage") -> Edges:
    """Give the columns of all statements of the text."""
    edges: dict[str, set[tuple[str, str]]] = {}
    for statement in file.statements:
        for edge in statement.columns:
            if edge.column != "*" or edge.upstream:
                upstream = {(_plain(str(name)), column.lower()) for name, column in edge.upstream}
                # The peer keeps the first of two columns with one name.
                edges.setdefault(_plain(edge.column), upstream)
    return {column: frozenset(upstream) for column, upstream in edges.items()}


def _columns(mine: Edges, theirs: Edges) -> list[str]:
    said = []
    for column in sorted({*mine, *theirs}):
        if mine.get(column, frozenset()) != theirs.get(column, frozenset()):
            said.append(f"{column}: {_pairs(mine.get(column))}, expected {_pairs(theirs.get(column))}")
    return said


def _pairs(edges: frozenset[tuple[str, str]] | None) -> str:
    return "no such column" if edges is None else str(sorted(".".join(pair) for pair in edges))


def _sets(what: str, mine: set[str], theirs: frozenset[str]) -> list[str]:
    return [f"{what} {sorted(mine)}, expected {sorted(theirs)}"] if mine != theirs else []


def _is_check(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "assert_sql_result"
    )


def _case(name: str, call: ast.AST, directory: Path, calls: int) -> Case | None:
    assert isinstance(call, ast.Call)
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    golden = directory / "goldens" / _file_name(given.get("expected_file"))
    try:
        sql = ast.literal_eval(call.args[0] if call.args else given["sql"])
        plain = {
            key: ast.literal_eval(value)
            for key, value in given.items()
            if key not in ("expected_file", "sql")
        }
    except ValueError:
        print(f"left out: {name}: its call is not plain text", file=sys.stderr)
        return None
    if not golden.is_file():
        print(f"left out: {name}: no golden {golden.name}", file=sys.stderr)
        return None
    expected = json.loads(golden.read_text(encoding="utf-8"))
    instance = plain.get("platform_instance")
    dialect = str(plain["dialect"])
    return Case(
        name=name if calls == 1 else f"{name}[{golden.stem}]",
        sql=sql,
        dialect=_DIALECTS.get(dialect, dialect),
        default_database=plain.get("default_db"),
        default_schema=plain.get("default_schema"),
        schema={_table(urn, instance): dict(cs) for urn, cs in (plain.get("schemas") or {}).items()},
        reads=frozenset(_table(urn, instance) for urn in expected["in_tables"]),
        writes=frozenset(_table(urn, instance) for urn in expected["out_tables"]),
        columns=_expected(expected.get("column_lineage"), instance),
    )


def _file_name(node: ast.AST | None) -> str:
    right = node.right if isinstance(node, ast.BinOp) else node
    return str(right.value) if isinstance(right, ast.Constant) else ""


def _expected(listed: list[dict[str, dict[str, str]]] | None, instance: str | None) -> Edges | None:
    if listed is None:
        return None
    edges: dict[str, set[tuple[str, str]]] = {}
    for entry in listed:
        upstream = {(_table(up["table"], instance), up["column"].lower()) for up in entry["upstreams"]}
        edges.setdefault(entry["downstream"]["column"].lower(), set()).update(upstream)
    return {column: frozenset(upstream) for column, upstream in edges.items()}


def _table(urn: str, instance: str | None) -> str:
    found = _URN.fullmatch(urn)
    name = found[1] if found else urn
    return _plain(name.removeprefix(f"{instance}.") if instance else name)


def _plain(name: str) -> str:
    return name.replace('"', "").lower()


if __name__ == "__main__":
    sys.exit(main())
