"""Both sides over the same rows: whether they differ, and whether the difference is theirs.

A result that depends on the order in which rows were stored (ties, LIMIT without a total order, `any_value`) differs
within one side alone; such a difference is not confirmed.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from sqlglot import exp

from contract_gate.core.values import dataclass, field
from contract_gate.witness.comparison import Common, Result, ResultDifference, bag, compare
from contract_gate.witness.database import Database, DataError
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.rules import Row, Rows

Order = Callable[[list[Row]], list[Row]]

NOTHING = ResultDifference(False, ())
_MOST_TURNS = 8
_SHUFFLES = 2
_MANY = 30
_SENSITIVE = (
    exp.Window,
    exp.Limit,
    exp.Fetch,
    exp.Offset,
    exp.ArrayAgg,
    exp.GroupConcat,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.FirstValue,
    exp.LastValue,
    exp.ArgMax,
    exp.ArgMin,
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.JSONArrayAgg,
    exp.JSONObjectAgg,
    exp.ArrayUniqueAgg,
)


class Counts:
    """What happened so far. `productive`: trials in which a side gave rows."""

    trials: int = 0
    productive: int = 0
    failed: int = 0
    failure: str = ""


@dataclass(slots=True)
class Experiment:
    """Two checked queries and the engine that holds their tables."""

    database: Database
    before: str
    after: str
    shared: Common
    order_matters: bool
    counts: Counts = field(default_factory=Counts)
    fixed: tuple[Rows, Rows] = field(default_factory=lambda: ({}, {}))

    def run(self, rows: Rows, order: Order | None = None) -> tuple[Result, Result]:
        """Run each side over the rows (and over its own fixed rows, when a witness is replayed)."""
        before = {**rows, **self.fixed[0]}
        after = self.fixed[1]
        if order is not None:
            before, after = _ordered(before, order), _ordered(after, order)
        self.database.load(before)
        first = self.database.run(self.before)
        self.database.load(after)
        return first, self.database.run(self.after)

    def attempt(self, rows: Rows) -> tuple[ResultDifference, bool]:
        """Make one trial: the difference that is seen, and whether any side gave rows."""
        self.counts.trials += 1
        try:
            before, after = self.run(rows)
        except (DataError, Refusal) as error:
            if isinstance(error, Refusal) and sum(map(len, rows.values())) <= _MANY:
                raise
            self.counts.failed += 1
            self.counts.failure = str(error)
            return NOTHING, False
        self.counts.productive += bool(before or after)
        return compare(before, after, self.shared), bool(before or after)

    def confirm(self, rows: Rows) -> ResultDifference:
        """Give the part of the difference that does not depend on the order in which the rows are stored."""
        try:
            pairs = [self.run(rows, order) for order in self._orders(rows)]
        except DataError:
            return NOTHING
        before, after = pairs[0]
        seen = compare(before, after, self.shared)
        if not seen or len(pairs) == 1:
            return seen
        steady_rows = all(len({len(pair[side]) for pair in pairs}) == 1 for side in (0, 1))
        if self._steady(pairs, self.shared.before, self.shared.after):
            return seen
        steady = [
            name
            for name, one, other in zip(self.shared.names, self.shared.before, self.shared.after, strict=True)
            if name in seen.columns and self._steady(pairs, (one,), (other,))
        ]
        return ResultDifference(seen.rows_differ and steady_rows, tuple(steady))

    def _steady(
        self, pairs: list[tuple[Result, Result]], before: tuple[int, ...], after: tuple[int, ...]
    ) -> bool:
        first = (bag(pairs[0][0], before), bag(pairs[0][1], after))
        return all((bag(pair[0], before), bag(pair[1], after)) == first for pair in pairs[1:])

    def _orders(self, rows: Rows) -> list[Order | None]:
        """Give orders in which each row comes first, and last, at least once, and some shuffled ones."""
        if not self.order_matters:
            return [None]
        tables = (*rows.values(), *self.fixed[0].values(), *self.fixed[1].values())
        longest = max((len(held) for held in tables), default=1)
        orders: list[Order | None] = [None]
        for turn in range(min(max(longest, 1), _MOST_TURNS)):
            orders += [partial(_turned, turn), partial(_turned_back, turn)]
        return [*orders, *(partial(_shuffled, number) for number in range(_SHUFFLES))]


def _ordered(rows: Rows, order: Order) -> Rows:
    return {name: order(held) for name, held in rows.items()}


def _turned(turn: int, held: list[Row]) -> list[Row]:
    place = turn % len(held) if held else 0
    return held[place:] + held[:place]


def _turned_back(turn: int, held: list[Row]) -> list[Row]:
    return _turned(turn, held)[::-1]


def _shuffled(number: int, held: list[Row]) -> list[Row]:
    return Random(number).sample(held, len(held))  # noqa: S311 - the order of rows is no secret


def order_matters(queries: tuple[exp.Query, ...]) -> bool:
    """Tell whether a result may depend on the order in which rows are stored."""
    return any(
        query.find(*_SENSITIVE) is not None
        or any(distinct.args.get("on") for distinct in query.find_all(exp.Distinct))
        for query in queries
    )
