"""The one way out of the search for what can't be run: a reason that becomes `NotPossible`."""


class Refusal(Exception):  # noqa: N818 - not an error of the program: an answer
    """Stop the search. `reason` is a clause that follows "because"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
