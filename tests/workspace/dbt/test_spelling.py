"""Which templates could compute a name: the quick search finds what the slow one does."""

import random

from contract_gate.workspace.dbt.spelling import Spellers, could_spell


def test_a_name_is_a_row_of_pieces_and_digits() -> None:
    """Pieces may be used again, digits stand for themselves, and nothing else is made up."""
    pieces = {"stg_", "orders", "_v"}
    assert could_spell("stg_orders_v2", pieces)
    assert could_spell("2024", pieces)
    assert not could_spell("stg_order", pieces)


def test_the_index_finds_whom_the_search_finds() -> None:
    """On random pieces and names, empty and digital ones among them, the index leaves nobody out and adds nobody."""
    chance = random.Random(7)

    def word(longest: int) -> str:
        return "".join(chance.choice("ab1_") for _ in range(chance.randint(0, longest)))

    pieces = {
        str(n): frozenset(filter(None, (word(3) for _ in range(chance.randint(0, 5))))) for n in range(60)
    }
    spellers = Spellers(pieces)
    names = ["", *(word(8) for _ in range(400))]
    found = {name: spellers.of(name) for name in names}
    assert found == {name: {key for key, own in pieces.items() if could_spell(name, own)} for name in names}
    assert any(found.values())
