"""SQLMesh's metrics: an aggregate over columns of models, or an expression over other metrics.

https://sqlmesh.readthedocs.io/en/stable/concepts/metrics/definition/
"""

import re
from collections.abc import Iterator

from contract_gate.core.values import dataclass
from contract_gate.workspace.sqlmesh.blocks import statements, uncommented, unquoted

_STRING = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r"(?<![\w.@])((?:[A-Za-z_]\w*\.)*)([A-Za-z_]\w*)\b(?!\s*\()")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricBlock:
    """A METRIC block. `columns` are those that its expression names, with their relations; `words` its bare names: metrics, or SQL."""

    name: str
    expression: str
    line: int
    columns: tuple[tuple[str, str], ...]
    words: frozenset[str]


def metrics_in(text: str) -> Iterator[MetricBlock]:
    """Give the metrics that a file declares."""
    for part in statements(text):
        name = unquoted(part.properties.get("name", ""))
        if part.block != "METRIC" or not name:
            continue
        expression = part.properties.get("expression", "")
        named = [(found[1].rstrip("."), found[2]) for found in _NAME.finditer(_STRING.sub("''", expression))]
        body = text[part.start : part.end]
        start = part.start + len(body) - len(body.lstrip())
        yield MetricBlock(
            name=name, expression=" ".join(uncommented(expression).split()), line=text.count("\n", 0, start) + 1,
            columns=tuple(dict.fromkeys((relation, column) for relation, column in named if relation)),
            words=frozenset(word.lower() for relation, word in named if not relation),
        )  # fmt: skip
