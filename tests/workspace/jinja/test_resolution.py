"""Which node of a name is meant."""

import pytest

from contract_gate.workspace.jinja.resolution import Address, meant

NODES: dict[str, Address] = {
    "other": ("vendor", None, None),
    "root": ("shop", None, None),
    "own": ("stock", None, None),
    "v1": ("shop", "1", "2"),
    "v2": ("shop", "2", "2"),
}


@pytest.mark.parametrize(
    ("names", "package", "version", "expected"),
    [
        (["other", "root", "own"], None, None, "own"),
        (["other", "root"], None, None, "root"),
        (["other"], None, None, "other"),
        (["other", "own"], "shop", None, None),
        (["own", "other"], "vendor", None, "other"),
        (["v1", "v2"], None, None, "v2"),
        (["v1", "v2"], None, "1", "v1"),
        (["v1", "v2"], None, "3", None),
        (["v1"], None, None, "v1"),
        ([], None, None, None),
    ],
)
def test_the_node_that_is_meant(
    names: list[str], package: str | None, version: str | None, expected: str | None
) -> None:
    """The reader's package goes before the root project, and that before any; without a version the latest is meant."""
    assert meant(names, NODES.__getitem__, ("stock", "shop"), package, version) == expected
