"""Where a file stands among migrations."""

import pytest

from contract_gate.workspace.plain.sequences import step_of


@pytest.mark.parametrize(
    "paths",
    [
        ("migrations/20140924113530_a/up.sql", "migrations/2019-06-14-175833_b/up.sql", "migrations/2025-10-15-114811-0000_c/up.sql"),
        ("migrations/2019-06-14-175833_b/up.sql", "migrations/2019-06-14-175834_a/up.sql", "migrations/20200101000000_a/up.sql"),
        ("migrations/9_b/up.sql", "migrations/10_a/up.sql"),
        ("db/V1.2__b.sql", "db/V1.10__a.sql"),
        ("db/migrations/002_b.sql", "db/migrations/010_a.sql"),
    ],
)  # fmt: skip
def test_steps_run_by_their_numbers(paths: tuple[str, ...]) -> None:
    """By number and not by letter; a time is the same with dashes and without, as diesel writes it today and did once."""
    steps = [step_of(path) for path in paths]
    turns = [step.turn for step in steps if step is not None]
    assert len(turns) == len(paths)
    assert turns == sorted(turns)
    assert len({step.sequence for step in steps if step is not None}) == 1
