"""An edit: what an author did at one place of a query, in the author's words. Free of sqlglot; `edits` finds them."""

from enum import StrEnum

from contract_gate.core.values import dataclass


class EditKind(StrEnum):
    """What an edit is of."""

    SOURCE = "source"
    JOIN = "join"
    FILTER = "filter"
    GRAIN = "grain"
    LIMIT = "limit"
    COLUMNS_REMOVED = "columns-removed"
    COLUMNS_RENAMED = "columns-renamed"
    COLUMNS_COMPUTED = "columns-computed"
    COLUMNS_ADDED = "columns-added"

    @property
    def of_columns(self) -> bool:
        """Tell whether it is of some columns of a SELECT list, not of the rows."""
        return self.startswith("columns-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of one SELECT block. `text`: "filter added in CTE `agg`: status = 'done'".

    `block` is the CTE's or subquery's name, empty for the main query. `line` is where it was made, in the text at the
    head (in that at the base where `gone`). `names` are the block's columns that were edited, where it is of columns.
    `reach` are the output columns whose values it can change; `rows`: it can change which rows there are.
    """

    kind: EditKind
    text: str
    block: str = ""
    line: int = 1
    gone: bool = False
    names: tuple[str, ...] = ()
    reach: frozenset[str] = frozenset()
    rows: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """Name the edit whatever its words are."""
        return self.kind.value, self.block
