"""What a text says by itself is worked out once, also by a run before this one."""

import pytest

from contract_gate.core.deadline import OutOfTimeError
from contract_gate.workspace.jinja.wire import Json
from contract_gate.workspace.memo import Memo


class Kept:
    """Facts in memory, as a file of a run before holds them."""

    def __init__(self) -> None:
        self.facts: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.facts.get(key)

    def keep(self, key: bytes, fact: bytes) -> None:
        self.facts[key] = fact


def _memo(asked: list[str], most: int = 1000, name: str = "length") -> Memo[int]:
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    def write(value: int) -> Json:
        return value if value else None

    def read(fact: Json) -> int:
        assert isinstance(fact, int)
        return fact

    return Memo(name, length, write, read, most)


FILES = [(f"models/{number}.sql", "x" * number) for number in range(200)]


def test_a_later_run_works_nothing_out():
    """All texts are taken from what was kept; what can't be written is worked out when it is asked for."""
    kept, asked, again = Kept(), [], []
    _memo(asked).take(FILES, kept)
    assert len(asked) == 200
    later = _memo(again)
    later.take(FILES, kept)
    assert [later(text) for _, text in FILES] == list(range(200))
    assert again == [""]


def test_an_edited_file_makes_its_neighbours_at_most_anew():
    """An edit, a new file and one that is gone leave most of what was kept to be taken."""
    kept, asked = Kept(), []
    _memo([]).take(FILES, kept)
    edited = [*FILES[:50], ("models/50.sql", "other"), ("models/50a.sql", "new"), *FILES[52:]]
    memo = _memo(asked)
    memo.take(edited, kept)
    assert [memo(text) for _, text in edited] == [len(text) for _, text in edited]
    assert "other" in asked
    assert len(asked) < 200


def test_two_functions_of_one_text_are_apart():
    """What one function gave is not taken for another's."""
    kept, asked = Kept(), []
    _memo([]).take(FILES, kept)
    _memo(asked, name="another").take(FILES, kept)
    assert len(asked) == 200


def test_a_fact_of_another_shape_is_none():
    """What does not fit the texts is worked out again."""
    kept, asked = Kept(), []
    _memo([]).take(FILES, kept)
    kept.facts = dict.fromkeys(kept.facts, b"[1]")
    _memo(asked).take(FILES[:90], kept)
    assert len(asked) == 90


def test_the_oldest_values_make_room():
    """So many values are held and no more; one that was let go is worked out again."""
    asked: list[str] = []
    memo = _memo(asked, most=2)
    assert [memo(text) for text in ("a", "bb", "ccc", "a", "a")] == [1, 2, 3, 1, 1]
    assert asked == ["a", "bb", "ccc", "a"]


def test_a_fault_in_one_text_spares_the_others():
    """It is met where the text itself is asked for, in every run, and the rest is kept."""
    kept, asked = Kept(), []

    def make(text: str) -> int:
        asked.append(text)
        if text == "x" * 7:
            raise ValueError("odd")
        return len(text)

    for _ in range(2):
        memo = Memo("odd", make, lambda value: value, lambda fact: int(str(fact)), 1000)
        memo.take(FILES, kept)
        assert memo("x" * 8) == 8
        with pytest.raises(ValueError, match="odd"):
            memo("x" * 7)
    assert len(asked) == 200 + 2


def test_the_end_of_the_time_ends_it():
    """What ends a run is nothing that a text is to blame for."""

    def late(_text: str) -> int:
        raise OutOfTimeError("over")

    with pytest.raises(OutOfTimeError):
        Memo("late", late, lambda value: value, lambda fact: int(str(fact)), 10).take(FILES, Kept())
