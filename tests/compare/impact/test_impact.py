"""What the catalog tells of those who read, in words and as an order."""

import pytest

from contract_gate.compare.impact.impact import AssetUse


@pytest.mark.parametrize(
    ("outside", "inside", "unused"),
    [(0, 0, True), (1, 0, False), (0, 1, False), (2, 0, False), (None, 0, False), (0, None, False)],
)
def test_what_nobody_looks_at(outside: int | None, inside: int | None, unused: bool) -> None:
    """An asset is unused where both counts are known and are 0: a number that nobody counts is none."""
    assert AssetUse(external_usage=outside, internal_usage=inside).is_unused is unused


def test_what_is_told_of_its_use() -> None:
    """Only what is known is said, the weightiest first."""
    assert (AssetUse().evidence, AssetUse().weight) == ((), (0, 0, 0))
    assert AssetUse(people=("Ada",), people_count=3, pii=True, tags=("tier-1",)).evidence == (
        "used by Ada and 2 more", "PII", "tagged tier-1",
    )  # fmt: skip
    assert AssetUse(external_usage=1, internal_usage=0, certified=True, stale=True).evidence == (
        "one view in its source in a day", "no views in the catalog in 90 days", "certified", "stale",
    )  # fmt: skip


def test_the_most_used_comes_first() -> None:
    """Views in the source weigh more than views in the catalog, these more than people; unknown use stands with none."""
    uses = [
        AssetUse(), AssetUse(people_count=2), AssetUse(internal_usage=1), AssetUse(external_usage=1),
        AssetUse(external_usage=1, internal_usage=5),
    ]  # fmt: skip
    assert sorted(uses, key=lambda use: use.weight) == uses[::-1]
