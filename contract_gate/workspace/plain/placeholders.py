"""Placeholders that other programs fill in: `${var}`, `{{ x }}`, `%(x)s`, `$(x)`, client commands, Jinja tags.

Puts something in their place that parses, in as many characters and lines as can be kept, and says what it did. A
placeholder that stands for a name becomes a marked name (`is_marked`), one that stands for a value becomes a literal,
and one that is a whole item of a select list a name for columns that are not known (`unknown_…`).
What could hold columns or whole clauses is refused: to guess there would be a lie.
"""

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable

from contract_gate.core.values import dataclass
from contract_gate.sql.comments import COMMENT, LONG_STRING, blank
from contract_gate.workspace.content import TEMPLATE_COMMENT, text_digest

MARK = "__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A text that parses, with notes on what was put in; or `problem`: why it can't be filled.

    `told_apart`: a name for all that was put in, in its order, which a note for people cuts short. `reads_any`: one of them is
    an item of a select list or a condition, which may read any column.
    """

    text: str
    notes: tuple[str, ...] = ()
    told_apart: str = ""
    problem: str | None = None
    reads_any: bool = False


def has_placeholders(text: str) -> bool:
    """Tell whether a text holds anything that `fill` would replace."""
    return _ANY.search(text) is not None


def fill(text: str, is_program: bool = False) -> Filled:
    """Replace every placeholder of a text. `is_program`: what stands for a clause, alone on its line, is left out instead of refused,
    and a template's loop runs once.
    """
    tags = _without_tags(text, is_program)
    if tags.problem is not None:
        return tags
    text = _PSQL_DATA.sub(_without_rows, tags.text)
    text = _PSQL_COPY.sub(lambda found: f" {found[1]};", text)
    text = _CLIENT.sub(lambda found: blank(found[0]), text)
    found: list[str] = []
    problems: dict[str, None] = {}
    reading: list[str] = []
    filled = _PLACEHOLDER.sub(_replacer(text, found, problems, reading, is_program), text)
    notes = tags.notes
    seen = {shown if len(shown) < 60 else shown[:57] + "…" for shown in found}
    if seen:
        more = f" and {len(seen) - 10} more" if len(seen) > 10 else ""
        notes = (*notes, f"placeholders are not filled in here: {', '.join(sorted(seen)[:10])}{more}")
    told_apart = text_digest("\n".join(found)) if found else ""
    problem = next(iter(problems), None)
    return Filled(text=filled, notes=notes, told_apart=told_apart, problem=problem, reads_any=bool(reading))


def _without_rows(found: re.Match[str]) -> str:
    return f"{' ' * len(found[1])}{found[2]};{blank(found[3].strip(';') + found[4])}"


def is_marked(part: str) -> bool:
    """Tell whether a part of a name came from a placeholder, so that it may be any."""
    return len(part) > 2 * len(MARK) and MARK in part and MARKED.search(part) is not None


def is_all_marked(part: str) -> bool:
    """Tell whether a part is a placeholder and nothing else: it names no one thing."""
    return MARKED.fullmatch(part) is not None


MARKED = re.compile(r"__ph_\w*?__")
_PLACEHOLDER = re.compile(
    r"\$\{\s*(?:hiveconf:|hivevar:|env:|system:)?(?P<dollar>[^{}\n]*)\}"
    r"|\$\((?P<sqlcmd>\w+)\)"
    r"|\{\{(?P<jinja>(?:[^{}]|\{[^{}]*\})*)\}\}"
    r"|%\((?P<python>\w+)\)s"
    r"|(?<![\w%'\"])%(?P<format>s)\b"
    r"|(?<![\w{$'\"])\{(?P<brace>[A-Za-z_][\w.]*)\}(?!\})"
    r"|(?<![\w@])@(?P<at>\w+)(?=\.\w+\b(?!\s*\())"
    r"|(?<![\w&])&&?(?P<amp>[A-Za-z_]\w*)\.?(?=[\s.,;)\w])"
)
_TAG = re.compile(r"\{%-?(.*?)-?%\}", re.DOTALL)
_CLIENT = re.compile(
    r"^[ \t]*(?:\\(?!\.|g(?:exec|set|desc|x)?\b)[^\n]*|:(?:setvar|r|on|connect|!!)\b[^\n]*|![a-z_]+\b[^\n]*|set\s+(?:define|echo|feedback|"
    r"serveroutput|verify|termout|linesize|pagesize|timing|heading|scan|sqlblanklines)\b[^\n]*|(?:prompt|spool|whenever)"
    r"\b[^\n]*|exit;?[ \t]*|delimiter\s+\S+[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_PSQL_DATA = re.compile(
    r"^(\\?)(copy\b[^;\n]*\bfrom\s+p?stdin\b[^;\n]*)(;|\n)(.*?^\\\.$)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_PSQL_COPY = re.compile(r"^\\(copy\b[^\n]*?);?[ \t]*$", re.IGNORECASE | re.MULTILINE)
"""psql's own COPY ends with its line; rows may stand behind one. https://www.postgresql.org/docs/current/app-psql.html"""
_ANY = re.compile(f"{_PLACEHOLDER.pattern}|{_TAG.pattern}|{{#", re.MULTILINE)


def _replacer(
    text: str, seen: list[str], problems: dict[str, None], reading: list[str], is_program: bool
) -> Callable[[re.Match[str]], str]:
    quoted = _quoted_spans(text)
    starts = [span[0] for span in quoted]
    lists = _SelectLists(text, quoted)

    def replace(found: re.Match[str]) -> str:
        start, end = found.span()
        shown = found.group()
        index = bisect_right(starts, start) - 1
        if index >= 0 and start < quoted[index][1]:
            if text[quoted[index][0]] != '"':
                return _in_string(shown)
            if found["format"] or found["brace"] or found["amp"] or found["python"]:
                return shown
        if found["jinja"] is not None:
            shown = f"{{{{ {found['jinja'].strip()} }}}}"
        seen.append(" ".join(shown.split()))
        before, after = text[max(start - 200, 0) : start], text[end : end + 80]
        if _BETWEEN_TURNS.search(found["jinja"] or ""):
            return ""
        row = _row(text[max(start - 4_000, 0) : start], text[end : end + 4_000])
        if row:
            return row
        name = (
            MARK + "ph_" + re.sub(r"\W+", "_", next((g for g in found.groups() if g), "x")).strip("_") + MARK
        )
        if is_program and found["at"] is None and _is_clause(before, after):
            reading.append(shown)
            return ""
        if is_program and _OPERAND.search(before) and _NEXT_OPERAND.match(after):
            return "="
        if found["at"] is None and _is_columns(before, after):
            problems.setdefault(f"the placeholder {shown[:60]} stands for columns or for a clause")
        if found["at"] is None and lists.has_item(start, end):
            reading.append(shown)
            return f"{MARK}ph_unknown_{zlib.crc32(' '.join(shown.split()).encode()):08x}{MARK}"
        if found["at"] is not None or _is_name(before, after):
            return name
        ended = _ENDS_PROGRAM if is_program else _ENDS_CLAUSE
        value = "" if ended.search(before) else _value(before)
        if value in ("", _CONDITION):
            reading.append(shown)
        return value

    return replace


_STRING = re.compile(rf"{LONG_STRING}|{COMMENT}|\"\"\".*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


def _quoted_spans(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _STRING.finditer(text)]


class _SelectLists:
    """Where a text's select lists are; strings and comments count for nothing."""

    def __init__(self, text: str, quoted: list[tuple[int, int]]) -> None:
        pieces: list[str] = []
        position = 0
        for start, end in quoted:
            # What a string says is no clause, but it is something: only comments leave nothing.
            gap = blank(text[start:end]) if text[start] in "-/" else "'" * (end - start)
            pieces += (text[position:start], gap)
            position = end
        self._bare = "".join((*pieces, text[position:]))
        self._places, self._inside = self._read()

    def has_item(self, start: int, end: int) -> bool:
        """Tell whether what stands there is an item after another, with no word of its own beside it."""
        index = bisect_right(self._places, start) - 1
        if index < 0 or not self._inside[index]:
            return False
        before, after = self._bare[max(start - 2_000, 0) : start], self._bare[end : end + 2_000]
        return before.rstrip().endswith(",") and _AFTER_ITEM.match(after) is not None

    def _read(self) -> tuple[list[int], list[bool]]:
        places, inside = [0], [False]
        above: list[bool] = []
        for found in _CLAUSE.finditer(self._bare):
            word = found[0].lower()
            now = word == "select"
            if word == "(":
                above.append(inside[-1])
            elif word == ")":
                now = above.pop() if above else False
            places.append(found.start())
            inside.append(now)
        return places, inside


_CLAUSE = re.compile(
    r"[();]|\b(?:select|from|where|group|order|having|qualify|window|limit|values|set|union|into|on)\b",
    re.IGNORECASE,
)
_AFTER_ITEM = re.compile(r"\s*(?:[,;)]|$|from\b)", re.IGNORECASE)


_BETWEEN_TURNS = re.compile(r"\bif\s+not\s+loop\.last\b")
"""What stands between the turns of a loop, of which one is kept."""
_INTO = re.compile(r"\(([^()]*)\)\s*values\s*$", re.IGNORECASE)
_ROWS = re.compile(r"\bvalues\s*$", re.IGNORECASE)
_NAMED_ROWS = re.compile(r"\s*\)\s*(?:as\s+)?[\w\"`]+\s*\(([^()]*)\)", re.IGNORECASE)


def _row(before: str, after: str) -> str:
    """Write a row for `VALUES ${rows}`, of as many values as columns are named in front of it or behind; nothing elsewhere."""
    if _ROWS.search(before) is None:
        return ""
    named = _INTO.search(before) or _NAMED_ROWS.match(after)
    return f"({', '.join(['NULL'] * (named[1].count(',') + 1))})" if named is not None else ""


def _in_string(shown: str) -> str:
    """Inside of a string or a comment nothing needs to parse: keep the text, without quotes that would end it."""
    return re.sub(r"['\"`]", " ", shown)


_NAMING = re.compile(
    r"(?:\b(?:from|join|into|update|table|view|exists|overwrite|schema|database|use|using|truncate|merge|only|on|catalog|"
    r"like|clone|function|procedure|sequence|index|references|to)\s+|[\w`\"\].-])$",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\bselect\s+(?:distinct\s+)?$", re.IGNORECASE)


def _is_name(before: str, after: str) -> bool:
    tail = before[-40:]
    return (
        bool(after[:1] and (after[0] in '.`"[]' or after[0].isalnum() or after[0] == "_"))
        or bool(_NAMING.search(tail))
        or tail.rstrip().endswith(("`", '"', "["))
    )


def _is_columns(before: str, after: str) -> bool:
    """`SELECT ${cols} FROM`: the names of the columns can't be known. `SELECT ${x} AS a` is a value."""
    follows = after.lstrip()[:5].lower()
    if _COLUMNS.search(before[-40:]):
        return not (follows.startswith("as ") or after[:1] == "." or (after[:1].isalnum()))
    last = before.rstrip()[-1:]
    return (
        _is_alone(before, after)
        and last not in (",", "(", "=", "<", ">", "+", "-", "*", "/")
        and _NAMING.search(before.rstrip() + " ") is None
        and _BETWEEN.search(before.rstrip()) is None
    )


def _is_alone(before: str, after: str) -> bool:
    """Tell whether nothing else stands on the line."""
    return before.rstrip(" \t").endswith("\n") and (
        not after.strip(" \t") or after.lstrip(" \t").startswith("\n")
    )


def _is_clause(before: str, after: str) -> bool:
    """Tell whether a program puts further clauses there, or items with a comma of their own, as far as it puts anything."""
    if not _is_alone(before, after) or _COLUMNS.search(before[-40:]):
        return False
    is_item = before.rstrip().endswith(",") and _AFTER_ITEM.match(after) is None
    return is_item or _is_columns(before, after)


_OPERAND = re.compile(
    r"\b(?:where|and|or|on|having|when)\s+\(?(?:[\w.\"`]+|\$\{[^{}]*\}|\{\{[^{}]*\}\})\s+$", re.IGNORECASE
)
_NEXT_OPERAND = re.compile(
    r"\s+(?!(?:and|or|order|group|limit|having|union|offset|window|qualify|for|fetch|then|in|is|like|between|not|as|on)\b)[\w'\":?@$({%]",
    re.IGNORECASE,
)
"""Around a place where a program puts how two things are compared."""
_BETWEEN = re.compile(
    r"\b(?:and|or|between|when|then|else|limit|in|set|where|interval|not|by)$", re.IGNORECASE
)


_CONDITION = "TRUE"
_ENDS_CLAUSE = re.compile(
    r"(?:\b(?:from|join)\s+(?!(?:select|lateral|unnest)\b)[\w.\"`$\[\]-]+(?:\s+as\s+\w+)?|[=<>]\s*(?:'[^'\n]*'|[\w.]+))\s+$",
    re.IGNORECASE,
)
"""Before a place where only further clauses can stand, or an alias."""
_FILLED = r"(?:\$\{[^{}]*\}|\{\{[^{}]*\}\})"
_ENDS_PROGRAM = re.compile(
    rf"(?:\b(?:from|join)\s+(?!(?:select|lateral|unnest)\b)(?:[\w.\"`$\[\]-]|{_FILLED})+(?:\s+as\s+\w+)?"
    rf"|[=<>]\s*(?:'[^'\n]*'|[:@$]?[\w.]+|\?|%s|{_FILLED})|\b(?:true|false|null)\b|(?<=\S)\)"
    rf"|\b(?:group|order)\s+by\s+[\w.\"`]+(?:\s*,\s*[\w.\"`]+)*(?:\s+(?:asc|desc))?)(?:\s+{_FILLED})*\s+$",
    re.IGNORECASE,
)
"""The same in a program, which puts one clause after the other."""


def _value(before: str) -> str:
    if re.search(r"\b(?:where|and|or|not|on|having|when|qualify)\s*\(?\s*$", before[-30:], re.IGNORECASE):
        return (
            _CONDITION if not re.search(r"\bbetween\b[^()]*\band\s*$", before[-80:], re.IGNORECASE) else "0"
        )
    return (
        "0"
        if re.search(r"\b(?:limit|interval|offset|top)\s*\(?\s*$", before[-20:], re.IGNORECASE)
        else "NULL"
    )


_OF_LOOP = re.compile(r"(?:not\s+)?loop\.(?:first|last)")
_FALSE = re.compile(r"^(?:not\s+)?is_(?:init|incremental)\(\)$")


def _without_tags(text: str, is_program: bool) -> Filled:
    """Take Jinja's tags away: `if` keeps its first branch (`is_init()` its other); loops, but for a program's, and macros are refused."""
    if "{%" not in text and "{#" not in text:
        return Filled(text=text)
    text = TEMPLATE_COMMENT.sub(lambda found: blank(found[0]), text)
    kept: list[str] = []
    branches: list[bool] = []
    notes: dict[str, None] = {}
    position = 0
    for found in _TAG.finditer(text):
        between = text[position : found.start()]
        kept.append(between if all(branches) else blank(between))
        kept.append(blank(found[0]))
        position = found.end()
        word, _, rest = found[1].strip().partition(" ")
        if word == "if":
            branches.append(_condition(rest.strip(), notes))
        elif word in ("else", "elif") and branches:
            branches[-1] = not branches[-1] and word == "else"
        elif word == "for" and is_program:
            branches.append(True)
            notes.setdefault(f"a loop of the template is read once: {rest[:60].strip()}")
        elif word in ("endif", "endfor") and branches:
            branches.pop()
        elif word not in ("raw", "endraw", "set", "import", "from"):
            return Filled(
                text=text, problem=f"a template outside of a dbt project: `{{% {found[1][:40]} %}}`"
            )
        elif word == "set":
            notes.setdefault(f"a variable of the template is not filled in: {rest[:40].strip()}")
    tail = text[position:]
    kept.append(tail if all(branches) else blank(tail))
    return Filled(text="".join(kept), notes=tuple(notes))


def _condition(text: str, notes: dict[str, None]) -> bool:
    if _FALSE.match(text):
        return text.startswith("not")
    if _OF_LOOP.fullmatch(text):
        return not text.startswith("not")
    notes.setdefault(f"a template's condition is taken as true: {text[:60]}")
    return True
