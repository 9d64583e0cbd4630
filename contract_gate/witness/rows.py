"""Small tables of generated rows that respect given rules; the same seed gives the same rows."""

from random import Random

from contract_gate.core.values import dataclass, field
from contract_gate.core.world import ConstraintKind
from contract_gate.witness.binding import Base
from contract_gate.witness.candidate_values import Candidates
from contract_gate.witness.inference import Types
from contract_gate.witness.rules import Row, Rows, Rule, broken
from contract_gate.witness.values import Value

_ROW_COUNTS = (0, 1, 1, 2, 2, 3, 3, 4, 5)
_TRIES = 6


@dataclass(slots=True)
class Maker:
    """Makes tables from candidate values. `columns`: the columns of each table, in order. `given`: tables that are not made."""

    columns: dict[str, list[str]]
    types: Types
    candidates: Candidates
    random: Random
    given: Rows = field(default_factory=dict)

    def make(self, rules: tuple[Rule, ...]) -> Rows:
        """Make fresh rows for every table that respect the rules."""
        few = self._few()
        rows: Rows = {table: list(self.given.get(table, [])) for table in self.columns}
        nulls = self.random.choice((0.0, 0.1, 0.35))
        big = self._size()
        for table in self._parents_first(rules):
            if table in self.given:
                continue
            count = big if big and self.random.random() < 0.7 else self.random.choice(_ROW_COUNTS)
            if any(rule.kind is None and rule.table == table for rule in rules):
                count = max(count, 1)
            for _ in range(count):
                self._add(table, rows, rules, few, nulls)
        return rows

    def vary(self, rows: Rows, rules: tuple[Rule, ...]) -> Rows:
        """Change one to three things of rows that were interesting; what breaks a rule is not kept."""
        few = self._few()
        for _ in range(self.random.choice((1, 1, 2, 3))):
            changed = self._vary_once(rows, few)
            if not broken(rules, changed, self.columns):
                rows = changed
        return rows

    def _vary_once(self, rows: Rows, few: dict[int, list[Value]]) -> Rows:
        table = self.random.choice(sorted(set(rows) - set(self.given)))
        held = list(rows[table])
        what = self.random.random()
        if held and what < 0.6:
            place = self.random.randrange(len(held))
            column = self.random.randrange(len(self.columns[table]))
            value = (
                None
                if self.random.random() < 0.15
                else self._value(Base(table, self.columns[table][column]), few)
            )
            held[place] = (*held[place][:column], value, *held[place][column + 1 :])
        elif held and what < 0.75:
            held.append(self.random.choice(held))
        elif held and what < 0.85:
            held.pop(self.random.randrange(len(held)))
        elif len(held) < 8:
            held.append(tuple(self._value(Base(table, column), few) for column in self.columns[table]))
        return {**rows, table: held}

    def _few(self) -> dict[int, list[Value]]:
        """Choose the one to four values of each class that this trial works with, so that rows meet."""
        few: dict[int, list[Value]] = {}
        through = self.random.random() < 0.4
        for base, held_values in self.candidates.of.items():
            group = self.types.group[base]
            if group in few or not held_values:
                continue
            direct = held_values[: self.candidates.direct[base]]
            source = direct if direct and self.random.random() < 0.7 else held_values
            if through and group in self.candidates.passing:
                source = self.candidates.passing[group][:8]
            few[group] = self.random.sample(source, min(len(source), self.random.choice((1, 2, 2, 3, 4))))
        return few

    def _size(self) -> int:
        sizes = self.candidates.sizes
        if not sizes or self.random.random() > 0.4:
            return 0
        return self.random.choice(sizes) + self.random.choice((0, 1, 1, 2))

    def _parents_first(self, rules: tuple[Rule, ...]) -> list[str]:
        order: list[str] = []
        pending = list(self.columns)
        while pending:
            free = [t for t in pending if not any(p in pending and p != t for p in _parents(t, rules))]
            for table in free or pending[:1]:
                order.append(table)
                pending.remove(table)
        return order

    def _add(
        self, table: str, rows: Rows, rules: tuple[Rule, ...], few: dict[int, list[Value]], nulls: float
    ) -> None:
        mine = [rule for rule in rules if rule.table == table]
        for _ in range(_TRIES):
            row: Row = tuple(
                self._cell(table, column, rows, mine, few, nulls) for column in self.columns[table]
            )
            tried = {**rows, table: [*rows[table], row]}
            if not broken(mine, tried, self.columns):
                rows[table].append(row)
                return

    def _cell(
        self,
        table: str,
        column: str,
        rows: Rows,
        rules: list[Rule],
        few: dict[int, list[Value]],
        nulls: float,
    ) -> Value:
        mine = [rule for rule in rules if column in rule.columns]
        nullable = not any(rule.kind is ConstraintKind.NOT_NULL for rule in mine)
        if nullable and self.random.random() < nulls:
            return None
        base = Base(table, column)
        for rule in mine:
            if rule.parent is not None and rows[rule.parent[0]]:
                place = self.columns[rule.parent[0]].index(rule.parent[1])
                return self.random.choice(rows[rule.parent[0]])[place]
            if rule.kind is ConstraintKind.ACCEPTED_VALUES and rule.values:
                return self._accepted(base, rule.values)
        if any(rule.kind is ConstraintKind.UNIQUE and len(rule.columns) == 1 for rule in mine):
            return self._fresh(base, rows)
        return self._value(base, few)

    def _value(self, base: Base, few: dict[int, list[Value]]) -> Value:
        choice = few.get(self.types.group[base])
        if not choice:
            return None
        if self.random.random() < 0.05:
            return self.random.choice(self.candidates.of[base])
        return self.random.choice(choice)

    def _accepted(self, base: Base, values: tuple[str, ...]) -> Value:
        text = self.random.choice(values)
        kind = self.types.of[base]
        if kind == "BOOLEAN":
            return text.lower() == "true"
        return int(text) if kind.endswith(("INT", "INTEGER")) and text.lstrip("-").isdigit() else text

    def _fresh(self, base: Base, rows: Rows) -> Value:
        """Give a value that the column doesn't hold yet; past the candidates, numbers and texts count on."""
        place = self.columns[base.table].index(base.column)
        held = {repr(row[place]) for row in rows[base.table]}
        free = [value for value in self.candidates.of[base] if repr(value) not in held]
        if free and (len(held) < 6 or not self.types.of[base].endswith(("INT", "INTEGER", "VARCHAR"))):
            return self.random.choice(free[:8])
        number = 1000 + len(held)
        return number if self.types.of[base].endswith(("INT", "INTEGER")) else f"k{number}"


def _parents(table: str, rules: tuple[Rule, ...]) -> set[str]:
    return {rule.parent[0] for rule in rules if rule.table == table and rule.parent is not None}
