"""The API key: cleaned once, shown never."""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from contract_gate.catalogs.secoda.spellings import holds
from contract_gate.core.errors import UsageError

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.reply import Json

MASK = "***"
_CHARACTERISTIC = 12
"""A key as short as a word is a part of what has nothing to do with it: looked for as it is, and in errors alone."""
_LOOKED_THROUGH = 20_000
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
        """Mask the key, plain or percent-encoded, and anything that follows `Bearer `; give the start of the rest.

        A text that has the key in base64, hexadecimal, entities, escapes or pieces is masked whole.
        """
        hidden = text.replace(self.__value, MASK).replace(quote(self.__value, safe=""), MASK)
        hidden = _BEARER.sub(f"Bearer {MASK}", hidden)[:_LOOKED_THROUGH]
        return MASK if self._is_characteristic() and holds(hidden, self.__value) else hidden

    def without(self, json: "Json", body: bytes) -> "Json":
        """Mask the key in every text of a reply with this body: a catalog that echoes it would have it in titles."""
        is_there = self.__value.encode() in body or b"\\" in body
        return self._masked(json) if is_there and self._is_characteristic() else json

    def _masked(self, json: "Json") -> "Json":
        match json:
            case str():
                return json.replace(self.__value, MASK)
            case list():
                return [self._masked(each) for each in json]
            case dict():
                return {name.replace(self.__value, MASK): self._masked(each) for name, each in json.items()}
            case _:
                return json

    def _is_characteristic(self) -> bool:
        return len(self.__value) >= _CHARACTERISTIC

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
