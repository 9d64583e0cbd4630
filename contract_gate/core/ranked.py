"""Choices whose order means something."""

from enum import StrEnum


class Ranked(StrEnum):
    """A choice whose members are declared in an order that means something: the first outranks the others."""

    @property
    def rank(self) -> int:
        """Give the place in that order, from 0."""
        return list(type(self)).index(self)
