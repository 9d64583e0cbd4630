"""A secret that is written in another way: what proxies, debug pages and loggers make of a header that they echo.

Whoever wants to can write a secret so that nobody finds it again. This is for those who do not mean to.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

_ROUNDS = 3
"""An echo in JSON in a page in a log: each may have its own way to write it."""
_ESCAPED = re.compile(r"\\(?:u\{?|x)([0-9a-fA-F]{2,6})\}?|\\([/\"'\\])")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_NUMBERS = re.compile(r"\d{2,3}(?:,\d{2,3}){7,}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")


def holds(text: str, secret: str) -> bool:
    """Tell whether a text says the secret when it is decoded, without regard to case and to what it is broken up by."""
    wanted = _squeezed(secret)
    return any(wanted in _squeezed(reading) for reading in _readings(text))


def _squeezed(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character != " ").lower()


def _readings(text: str) -> Iterator[str]:
    for _ in range(_ROUNDS):
        yield text
        yield from _packed("".join(text.split()))
        plainer = _ESCAPED.sub(_character, unquote(html.unescape(text)))
        if plainer == text:
            return
        text = plainer
    yield text


def _character(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if code < 0x110000 else ""


def _packed(text: str) -> Iterator[str]:
    for run in _BASE64.findall(text):
        plain = run.replace("-", "+").replace("_", "/")
        for offset in range(4):
            whole = plain[offset : offset + (len(plain) - offset) // 4 * 4]
            rest = plain[offset + len(whole) :]
            padded = whole + (rest + "=" * (4 - len(rest)) if len(rest) > 1 else "")
            yield base64.b64decode(padded).decode("latin-1")
    for run in _NUMBERS.findall(text):
        yield "".join(chr(int(number)) for number in run.split(","))
    for run in _HEX.findall(re.sub(r"\\x|%|:|,|0x", "", text)):
        for pairs in (run, run[1:]):  # a digit before it shifts the pairs
            yield binascii.unhexlify(pairs[: len(pairs) // 2 * 2]).decode("latin-1")
