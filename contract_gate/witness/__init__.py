"""Proof by example: a few generated rows on which the base's and the head's SQL differ, found with DuckDB.

Which change a witness raises or refutes is decided by who asks; here one question gets one answer. Importing this
package loads neither sqlglot nor DuckDB: the search runs in a child process.
"""

from contract_gate.witness.question import (
    Answer,
    Budget,
    Found,
    NoDifference,
    NotPossible,
    Reader,
    Renamed,
    Replayed,
    ResultShape,
    RowQuestion,
    TableShape,
    WitnessEffect,
)
from contract_gate.witness.script import script
from contract_gate.witness.search import Searcher, missing, replay, search, search_all

__all__ = [
    "Answer",
    "Budget",
    "Found",
    "NoDifference",
    "NotPossible",
    "Reader",
    "Renamed",
    "Replayed",
    "ResultShape",
    "RowQuestion",
    "Searcher",
    "TableShape",
    "WitnessEffect",
    "missing",
    "replay",
    "script",
    "search",
    "search_all",
]
