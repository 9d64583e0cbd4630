"""The API key: cleaned once, shown never."""

import re
from urllib.parse import quote

from contract_gate.core.errors import UsageError

MASK = "***"
_BEARER = re.compile(r"(?i)\bbearer\s+[^\s\"',;]+")


class ApiKey:
    """A Secoda key that no `str`, `repr`, log or exception shows."""

    __slots__ = ("__value",)

    def __init__(self, pasted: str) -> None:
        """Take what a person put in the environment: quotes and a pasted `Bearer ` are stripped.

        Raises UsageError (without the text) for what can't be sent in a header: h11 would quote it in its error.
        """
        value = _clean(pasted)
        if not value or not all(33 <= ord(character) < 127 for character in value):
            raise UsageError(
                "the Secoda key is empty or holds characters that no key has",
                "set SECODA_API_KEY to the key alone, without spaces or line breaks",
            )
        self.__value = value

    def header(self) -> str:
        """Give the value of `Authorization`: the only way that the key leaves this object."""
        return f"Bearer {self.__value}"

    def redact(self, text: str) -> str:
        """Mask the key, plain or percent-encoded, and anything that follows `Bearer `."""
        hidden = text.replace(self.__value, MASK).replace(quote(self.__value, safe=""), MASK)
        return _BEARER.sub(f"Bearer {MASK}", hidden)

    def __repr__(self) -> str:
        return f"ApiKey({MASK})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not pickled")


def _clean(pasted: str) -> str:
    value = pasted.strip()
    while True:
        shorter = value.strip("\"'`").strip()
        if shorter.lower() == "bearer" or shorter.lower().startswith("bearer "):
            shorter = shorter[len("bearer") :].strip()
        if shorter == value:
            return value
        value = shorter
