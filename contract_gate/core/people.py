"""Owners and other people, as projects, hosts and catalogs write them."""

from collections.abc import Iterable

HANDLE = r"@[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*"
"""A person's or a team's name on the host."""


def spellings(owner: str) -> tuple[str, ...]:
    """Give what others may call an owner by: of `Ada <ada@example.com>` all of it, the address and the name."""
    name, mark, address = owner.removesuffix(">").rpartition("<")
    if not mark or not owner.endswith(">"):
        return (owner,)
    return (owner, *(part for part in (address.strip(), name.strip()) if part))


def in_common(some: Iterable[str], others: Iterable[str]) -> bool:
    """Tell whether one of these owners is one of the others, under any spelling."""
    return bool(_folded(some) & _folded(others))


def _folded(owners: Iterable[str]) -> set[str]:
    return {spelling.casefold() for owner in owners for spelling in spellings(owner)}
