"""Which output columns of a query come through which of its blocks, by the outline; more than is true, never less."""

from collections.abc import Iterable, Mapping, Sequence

from contract_gate.sql.edits.outline import MAIN, Block

ROWS = ""
"""Stands for a block's rows, where a column's name stands otherwise."""


class BlockReach:
    """The columns and rows of blocks that each output column of the main query comes from."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._blocks = blocks
        self._uses = {name: dict(block.uses) for name, block in blocks.items()}
        self._columns: dict[str, tuple[str, ...]] = {}
        for name, block in blocks.items():
            self._columns[name] = _columns(block, self._columns)
        self.outputs = frozenset(self._columns[MAIN])
        self._from = {name: self._closure([(MAIN, name)]) for name in self.outputs}
        self._deciding = self._closure([(MAIN, ROWS)])

    def of_columns(self, block: str, names: Iterable[str]) -> frozenset[str]:
        """Give the output columns that are computed from these columns of a block."""
        wanted = {(block, name) for name in names}
        return frozenset(name for name, through in self._from.items() if through & wanted)

    def of_rows(self, block: str) -> frozenset[str]:
        """Give the output columns whose values come through a block, so that its rows matter to them."""
        return frozenset(
            name for name, through in self._from.items() if any(one == block for one, _ in through)
        )

    def decides_rows(self, block: str) -> bool:
        """Tell whether the block's rows are what the main query's rows are made of."""
        return (block, ROWS) in self._deciding

    def _closure(self, start: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        seen, queue = set(start), list(start)
        while queue:
            for step in self._steps(*queue.pop()):
                if step not in seen:
                    seen.add(step)
                    queue.append(step)
        return frozenset(seen)

    def _steps(self, name: str, column: str) -> Iterable[tuple[str, str]]:
        block = self._blocks[name]
        for branch in block.branches:
            yield from ((branch, known) for known in self._in_branch(branch, column))
        for source in block.sources:
            if not source.block:
                continue
            if column == ROWS:
                yield source.name, ROWS
            else:
                yield from (
                    (source.name, used) for used in self._used(block, source.alias, source.name, column)
                )

    def _in_branch(self, branch: str, column: str) -> Iterable[str]:
        """Give the column of a branch: that of the name, or any where its names are others and how many there are is not known."""
        known = self._columns[branch]
        return (column,) if column in known or not known or column == ROWS else known

    def _used(self, block: Block, alias: str, source: str, column: str) -> Iterable[str]:
        """Give the columns of one source that a column comes from; by a star the one of its own name."""
        uses = self._uses[block.name].get(column)
        there = self._columns[source]
        if uses is None:
            if column in there or not there:
                yield column
            return
        for table, name in uses:
            if table in ("", alias.lower()) and (table or name in there or not there):
                yield name


def _columns(block: Block, known: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Name a block's columns, by the `known` of those that it reads; a star over a stored relation brings none."""
    names = list(known[block.branches[0]]) if block.branches else [name for name, _ in block.columns]
    if block.stars:
        names += (name for source in block.sources if source.block for name in known[source.name])
    return tuple(dict.fromkeys(names))
