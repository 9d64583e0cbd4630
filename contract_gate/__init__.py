"""contract-gate: tells who breaks before a SQL change is merged.

`diff` and `lineage` are the Python API; `contract_gate.cli` is the command line. Importing this loads neither:
each is loaded when it is called first.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_gate.app.lineage_report import Lineage
    from contract_gate.compare.changes.api import Difference

__all__ = ["__version__", "diff", "lineage"]
__version__ = "0.1.0"


def diff(
    before: str,
    after: str,
    dialect: str | None = None,
    schema: "Mapping[str, Mapping[str, str]] | None" = None,
    *,
    witness: bool = True,
) -> "Difference":
    """Tell what changed between two SQL texts: the query that each ends with, and the relations that they make.

    `dialect` is sqlglot's name; `schema` is table → column → type, the columns in their order: tables in it have no
    other columns. With `witness` it looks for a few seconds, in a child process, for rows that show the difference, if
    DuckDB is installed. `to_dict()` of the answer is the JSON of `contract-gate diff`. Writes and prints nothing;
    raises ValueError for an unknown dialect.
    """
    from contract_gate.app.text_diff import diff as compare

    return compare(before, after, dialect, schema, witness=witness)


def lineage(
    sql: str,
    dialect: str | None = None,
    schema: "Mapping[str, Mapping[str, str]] | None" = None,
    default_database: str | None = None,
    default_schema: str | None = None,
) -> "Lineage":
    """Tell what a SQL text makes from what: targets, sources, and where each column comes from.

    The arguments are those of `diff`; the defaults complete names without a database or schema. `to_dict()` of the
    answer is the JSON of `contract-gate lineage`, with one file whose path is null. Raises ValueError for an
    unknown dialect.
    """
    from contract_gate.app.lineage_report import Lineage, lineage_of

    return Lineage(files=(lineage_of(sql, dialect or "", schema, default_database, default_schema),))
