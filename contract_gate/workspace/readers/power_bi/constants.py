"""What stands for texts in Power Query's M: steps and parameters that are one, texts put together with `&`, functions of the model.

https://learn.microsoft.com/en-us/powerquery-m/m-spec-operators, https://learn.microsoft.com/en-us/power-query/power-query-query-parameters. Texts
are filled in where they are used; lines stay those of the file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from contract_gate.workspace.readers.literals import LONGEST, word_of
from contract_gate.workspace.readers.power_bi.model import BiScript

_TEXT = r'"(?:[^"]|"")*"'
_NAME = r'#"(?:[^"]|"")+"|[A-Za-z_][\w.]*'
TOKEN = re.compile(rf'#"(?:[^"]|"")*"|(?P<text>{_TEXT})|(?P<comment>//[^\n]*|/\*.*?\*/)|[^"/#]+|.', re.DOTALL)
"""Quoted names, texts, comments and what stands between them."""
_IS_TEXT = re.compile(rf"\s*(?P<text>{_TEXT})\s*(?:meta\b.*)?", re.DOTALL)
_STEP = re.compile(rf"(?:\blet|,)\s*(?P<name>{_NAME})\s*=\s*(?P<text>{_TEXT})\s*(?=,|\bin\b)")
_FUNCTION = re.compile(r"\s*\((?P<parameters>[^()]*)\)\s*(?:as\s+[\w ]+)?=>(?P<body>.*)", re.DOTALL)
_CALL = rf"\(\s*(?P<given>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\)"
_UNKNOWN = r"[A-Za-z_#][\w.]*(?:\([^()\"]*\))?"
_JOINED = re.compile(rf'"(?P<gap>\s*&\s*(?:(?P<name>{_UNKNOWN})\s*&\s*)?)"')
_LONG, _MOST_CALLS = 20_000, 100
"""Characters of what is filled in, and how often in one script: what is beyond stays as it is written."""
_MOST_TURNS = 5
"""Of filling in: a parameter may be in a function that is in a step."""


def settled(script: BiScript, shared: Iterable[BiScript]) -> BiScript:
    """Give a script with the texts that its names stand for; those of other expressions of the model are `shared`."""
    if script.is_sql or script.entity:
        return script
    known = {each.name: each.text for each in shared if each.name != script.name and len(each.text) < _LONG}
    text = script.text
    for _ in range(_MOST_TURNS):
        before = text
        texts = {**_texts(known), **{found["name"]: found["text"] for found in _STEP.finditer(text)}}
        text = _joined(_filled(_called(text, known), texts))
        if text == before:
            break
    is_like_it = text.count("\n") == script.text.count("\n") and len(text) <= LONGEST
    return replace(script, text=text) if is_like_it else script


def constant(script: BiScript) -> str | None:
    """Give the text that an expression is; None where it is anything else."""
    found = _IS_TEXT.fullmatch(script.text)
    return found["text"][1:-1] if found is not None else None


def _texts(known: Mapping[str, str]) -> dict[str, str]:
    found = ((name, _IS_TEXT.fullmatch(text)) for name, text in known.items())
    return {
        spelled: text["text"] for name, text in found if text is not None for spelled in (name, f'#"{name}"')
    }


def _filled(text: str, texts: Mapping[str, str]) -> str:
    """Put texts in the place of their names, where these are used as values."""
    if not texts or len(text) > LONGEST:
        return text
    names = "|".join(re.escape(name) for name in sorted(texts, key=len, reverse=True))
    used = re.compile(rf'(?<![\w."#\[])(?P<name>{names})(?![\w."]|\s*=|\s*\()')
    found: list[str] = []
    left = _MOST_CALLS
    for piece, is_text in _pieces(text):
        if is_text or not left:
            found.append(piece)
            continue
        filled, count = used.subn(lambda name: texts[name["name"]].replace("\n", " "), piece, count=left)
        found.append(filled)
        left -= count
    return "".join(found)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Give the parts of a text, and whether each is a text or comment; quoted names are neither."""
    plain = ""
    for token in TOKEN.finditer(text):
        if token["text"] is None and token["comment"] is None:
            plain += token[0]
            continue
        yield plain, False
        yield token[0], True
        plain = ""
    yield plain, False


def _called(text: str, known: Mapping[str, str]) -> str:
    """Put what a function of the model makes of texts in the place of its call."""
    for name, written in known.items():
        function = _FUNCTION.fullmatch(written)
        if function is None or name not in text:
            continue
        call = re.compile(rf'(?<![\w."])(?:#"{re.escape(name)}"|{re.escape(name)})\s*{_CALL}')
        names = [each.split()[0] for each in function["parameters"].split(",") if each.strip()]
        body = " ".join(piece for piece, _ in _pieces(function["body"]) if not piece.startswith(("//", "/*")))

        def made(found: re.Match[str], names: list[str] = names, body: str = body) -> str:
            given = re.findall(_TEXT, found["given"])
            filled = _filled(" ".join(body.split("\n")), dict(zip(names, given, strict=False)))
            return f"({filled})" + "\n" * found[0].count("\n")

        text = call.sub(made, text, count=_MOST_CALLS) if len(text) < LONGEST else text
    return text


def _joined(text: str) -> str:
    """Write texts that are put together as one, `${name}` where nobody knows one of them."""

    def between(found: re.Match[str]) -> str:
        name = f"${{{word_of(found['name'])}}}" if found["name"] else ""
        return name + "\n" * found["gap"].count("\n")

    return _JOINED.sub(between, text)
