"""The names that a query's rows and columns get, and how much they tell."""

import hashlib
from enum import StrEnum

from contract_gate.core.values import dataclass


class SourceDetail(StrEnum):
    """How much a digest tells of which source a column is from."""

    EXACT = "exact"
    COARSE = "coarse"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Digest:
    """The name of a query's rows, and of each output's value."""

    rows: str
    columns: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Name rows and columns together, in their order."""
        return hashed("whole", self.rows, *self.columns)


def hashed(*texts: str) -> str:
    """Name texts in their order."""
    digest = hashlib.blake2b(digest_size=15)
    for text in texts:
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
