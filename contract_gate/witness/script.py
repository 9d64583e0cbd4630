"""The SQL script that shows a witness in the DuckDB command line: tables, rows, both queries."""

from contract_gate.sql.families import IGNORES_CASE
from contract_gate.witness.question import Found, ResultShape
from contract_gate.witness.values import literal, quoted


def script(found: Found) -> str:
    """Write a script that makes the rows and runs both sides: `duckdb < script.sql`."""
    rows = dict(found.witness.tables)
    parts = ["-- Rows on which the two versions differ; run with: duckdb < this-file"]
    parts += [f"-- Assumes: {_one_line(assumed)}" for assumed in found.witness.assumes]
    if found.question.dialect in IGNORES_CASE:
        parts.append("SET default_collation = 'nocase';")
    for shape in found.inputs:
        parts.append(_table(shape, rows.get(shape.name, ())))
    for side, made, sql in (
        ("Before", found.witness.before, found.before_sql),
        ("After", found.witness.after, found.after_sql),
    ):
        parts.append(f"-- {side}: {len(made)} row{'' if len(made) == 1 else 's'}\n{sql};")
    return "\n\n".join(parts) + "\n"


def _table(shape: ResultShape, rows: tuple[dict[str, object], ...]) -> str:
    made = f"CREATE OR REPLACE TEMP TABLE {shape.declaration};"
    if not rows:
        return made
    values = ",\n  ".join(
        "(" + ", ".join(literal(row[name], kind) for name, kind in shape.columns) + ")" for row in rows
    )
    return f"{made}\nINSERT INTO {quoted(shape.name)} VALUES\n  {values};"


def _one_line(text: str) -> str:
    return " ".join(text.split())
