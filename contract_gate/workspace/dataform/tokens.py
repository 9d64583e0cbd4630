"""The words of JavaScript, and where its braces, strings and templates end."""

import re

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass

LONGEST = 400_000


class NotRead(Exception):  # noqa: N818 - no failure: the text says something that is not read
    """The text holds something that this reader or the evaluator does not know; the message says what."""


@dataclass(frozen=True, slots=True)
class ScriptToken:
    """A word of a script, and where it stands. A `template` holds the text between its backticks."""

    kind: str
    text: str
    start: int
    end: int
    line: int


def closing_brace(text: str, opening: int) -> int:
    """Find the brace that closes the one at `opening`, past strings, comments and template strings."""
    depth = 0
    position = opening
    while position < len(text):
        character = text[position]
        if character in "'\"":
            position = _end_of_string(text, position)
        elif character == "`":
            position = _end_of_template(text, position)
        elif text.startswith("//", position):
            position = _line_end(text, position)
        elif text.startswith("/*", position):
            position = _after(text, "*/", position) - 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    raise NotRead("a brace is not closed")


_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<op>=>|\.\.\.|===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|[-+*/%=<>!?:.,;(){}\[\]&|])",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?!\*)((?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([gimsuy]*)")
_ESCAPE = re.compile(
    r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{0*([\da-fA-F]{1,5}|10[\da-fA-F]{4})\}|(.))", re.DOTALL
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def tokenize(text: str, first_line: int) -> list[ScriptToken]:
    """Cut a script into its words. Raise NotRead for what is none, and for a script that is too long."""
    if len(text) > LONGEST:
        raise NotRead("the script is too long")
    found: list[ScriptToken] = []
    position, line = 0, first_line
    while position < len(text):
        checkpoint()  # a bracket in a pattern that nothing closes costs the rest of its line
        token = _token(text, position, line, found)
        if token.kind != "space":
            found.append(token)
        line += text.count("\n", position, token.end)
        position = token.end
    found.append(ScriptToken("end", "", len(text), len(text), line))
    return found


def _token(text: str, position: int, line: int, before: list[ScriptToken]) -> ScriptToken:
    character = text[position]
    if character in "'\"":
        end = _end_of_string(text, position)
        return ScriptToken("string", unescaped(text[position + 1 : end]), position, end + 1, line)
    if character == "`":
        end = _end_of_template(text, position)
        return ScriptToken("template", text[position + 1 : end], position, end + 1, line)
    if character == "/" and _starts_value(before) and (found := _REGEX.match(text, position)):
        return ScriptToken("regex", f"{found[2]}/{found[1]}", position, found.end(), line)
    match = _TOKEN.match(text, position)
    if match is None:
        raise NotRead(f"`{text[position : position + 20].splitlines()[0]}` is not read")
    return ScriptToken(match.lastgroup or "op", match[0], position, match.end(), line)


def _starts_value(before: list[ScriptToken]) -> bool:
    return not before or (before[-1].kind == "op" and before[-1].text not in (")", "]", "}"))


def _end_of_string(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == text[start]:
            return position
        position += 1
    raise NotRead("a string is not closed")


def _end_of_template(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == "`":
            return position
        elif text.startswith("${", position):
            position = closing_brace(text, position + 1)
        position += 1
    raise NotRead("a template string is not closed")


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _after(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    if end < 0:
        raise NotRead("a comment is not closed")
    return end + len(mark)


def unescaped(text: str) -> str:
    """Give what a string or a template means."""
    made = _ESCAPE.sub(_meant, text)
    # Two escapes may be the halves of one character.
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    return chr(int(code, 16)) if code else _ESCAPES.get(escape[4], escape[4])
