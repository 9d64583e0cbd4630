"""A witness made small: fewest rows, plainest values, still a difference, still under the same rules."""

from collections.abc import Callable

from contract_gate.witness.binding import Base
from contract_gate.witness.candidate_values import Candidates
from contract_gate.witness.experiment import Experiment
from contract_gate.witness.rules import Rows, Rule, broken
from contract_gate.witness.values import Value

_MOST_CELLS = 80


def shrink(
    experiment: Experiment,
    rows: Rows,
    rules: tuple[Rule, ...],
    columns: dict[str, list[str]],
    candidates: Candidates,
    in_time: Callable[[], bool],
) -> Rows:
    """Drop rows, then plain the values, while the difference stays confirmed and no rule is broken."""

    def differs(tried: Rows) -> bool:
        if broken(rules, tried, columns) or not in_time():
            return False
        return bool(experiment.attempt(tried)[0]) and bool(experiment.confirm(tried))

    rows = _with_fewer_rows(rows, differs)
    rows = _with_plainer_values(rows, columns, candidates, differs)
    return _with_fewer_rows(rows, differs)


def _with_fewer_rows(rows: Rows, differs: Callable[[Rows], bool]) -> Rows:
    for table in sorted(rows, key=lambda name: -len(rows[name])):
        size = max(len(rows[table]) // 2, 1)
        while size:
            place = 0
            while place < len(rows[table]):
                tried = {**rows, table: rows[table][:place] + rows[table][place + size :]}
                if differs(tried):
                    rows = tried
                else:
                    place += size
            size //= 2
    return rows


def _with_plainer_values(
    rows: Rows, columns: dict[str, list[str]], candidates: Candidates, differs: Callable[[Rows], bool]
) -> Rows:
    tried_cells = 0
    for table, names in columns.items():
        for column, name in enumerate(names):
            plain = candidates.plain[Base(table, name)]
            for place in range(len(rows[table])):
                tried_cells += 1
                if tried_cells > _MOST_CELLS:
                    return rows
                rows = _plainer(rows, table, place, column, plain, differs)
    return rows


def _plainer(
    rows: Rows, table: str, place: int, column: int, plain: list[Value], differs: Callable[[Rows], bool]
) -> Rows:
    row = rows[table][place]
    held = row[column]
    if held in plain:
        return rows
    shorter: list[Value] = [[item] for item in held] if isinstance(held, list) and len(held) > 1 else []
    for value in (*plain, *shorter):
        changed = (*row[:column], value, *row[column + 1 :])
        tried = {**rows, table: [*rows[table][:place], changed, *rows[table][place + 1 :]]}
        if differs(tried):
            return tried
    return rows
