"""What can go wrong with Secoda, told apart by what a caller does about it. Texts never hold the key."""

# ruff: noqa: N818 - each is named for what happened, as the values of `catalogs.catalog` are
from contract_gate.core.errors import CatalogError


class SecodaError(CatalogError):
    """Secoda did not do what it was asked to."""


class Unreachable(SecodaError):
    """No usable reply after every attempt: the network, a server error, a rate limit."""


class DeadlinePassed(SecodaError):
    """The time for all calls together is over, or would be before the next attempt is due."""


class Refused(SecodaError):
    """Secoda answered with an error that trying again does not mend; `status` is the HTTP status."""

    def __init__(self, message: str, hint: str | None = None, *, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class UnexpectedReply(SecodaError):
    """A reply that is not what the API documents: a page of HTML, an empty body, a list without `results`."""


class FilterIgnored(UnexpectedReply):
    """Rows came that were not asked for: the deployment does not know the filter. Never an answer."""
