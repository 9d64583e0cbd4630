"""A semantic model as far as it reads: tables, and the M or SQL that gives their rows, however the file is written."""

from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BiScript:
    """What a partition or a shared expression runs: M, or SQL as it is (`is_sql`). `lines` has the file's line of each of its lines.

    `entity` is the relation that Direct Lake names without M, outermost part first.
    """

    name: str
    text: str
    lines: tuple[int, ...]
    is_sql: bool = False
    entity: tuple[str, ...] = ()

    def line_at(self, position: int) -> int:
        """Give the file's line of an offset in the text."""
        return self.lines[min(self.text.count("\n", 0, position), len(self.lines) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BiTable:
    """A table of the model, with the columns that it takes by their names in the source, each with its line."""

    name: str
    line: int
    scripts: tuple[BiScript, ...]
    columns: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BiModel:
    """The part of a model that one file holds; tables may take their rows of an expression in another."""

    tables: tuple[BiTable, ...] = ()
    expressions: tuple[BiScript, ...] = ()
