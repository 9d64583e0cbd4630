"""SQLMesh's macros, as far as their text says what they do; what only Python knows becomes a call of an unknown function.

https://sqlmesh.readthedocs.io/en/stable/concepts/macros/sqlmesh_macros/
"""

import re
import zlib
from collections.abc import Callable, Collection, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field
from contract_gate.core.world import PLACEHOLDER, Hole, HoleKind
from contract_gate.workspace.plain.placeholders import MARK
from contract_gate.workspace.sqlmesh.blocks import closing, inside, split_list, unquoted

_AT = re.compile(
    r"(?P<skip>--[^\n]*|/\*.*?\*/|(?<!@)'(?:[^'\\]|''|\\.)*')|@'(?P<string>(?:[^']|'')*)'|@\{(?P<braced>\w+)\}"
    r"|(?<![\w@])@(?P<name>[A-Za-z_]\w*)",
    re.DOTALL,
)
_DEEPEST = 20
MOST_EXPANSIONS = 50_000
MOST_WRITTEN = 20_000_000
"""So many texts may be expanded for one model, and so many characters written on the way."""
_TIMES: Mapping[str, str] = {
    "ds": "'1970-01-01'", "date": "CAST('1970-01-01' AS DATE)", "ts": "'1970-01-01 00:00:00'",
    "tstz": "'1970-01-01 00:00:00'", "dt": "CAST('1970-01-01 00:00:00' AS TIMESTAMP)",
    "dtntz": "CAST('1970-01-01 00:00:00' AS TIMESTAMP)", "epoch": "0", "millis": "0", "hour": "0",
}  # fmt: skip
_TIME = re.compile(r"(?:start|end|execution|latest)_(\w+)")


class TooMuchError(Exception):
    """The macros of a model would write more than anybody reads."""


@dataclass(slots=True, kw_only=True)
class Macros:
    """What a model's macros can know: variables (text each), the model's name, marks of Python macros by name.

    `holes` gathers what could not be run. A mark changes when the macro's code does, so that its users differ too.
    """

    variables: dict[str, str] = field(default_factory=dict)
    this_model: str = ""
    python: Mapping[str, str] = field(default_factory=dict)
    holes: dict[Hole, None] = field(default_factory=dict)
    swaps: bool = False
    """Take the other branch of conditions that another run decides otherwise."""
    is_open: bool = False
    """There are such conditions."""
    expanded: int = 0
    written: int = 0

    def lack(self, kind: HoleKind, told: str, name: str = "") -> None:
        """Keep what could not be known."""
        self.holes.setdefault(Hole(kind=kind, told=told, name=name))

    def expand(self, text: str, depth: int = 0) -> str:
        """Replace every macro; the result has as many lines as the text where each macro's does."""
        if depth > _DEEPEST:
            self.lack(HoleKind.CODE, "macros are nested too deeply")
            return text
        checkpoint()
        self.expanded += 1
        result = self._expanded(text, depth)
        self.written += len(result)
        if self.expanded > MOST_EXPANSIONS or self.written > MOST_WRITTEN:
            raise TooMuchError("its macros use each other so often that they would write without end")
        return result

    def _expanded(self, text: str, depth: int) -> str:
        out: list[str] = []
        position = 0
        while (found := _AT.search(text, position)) is not None:
            out.append(text[position : found.start()])
            position = found.end()
            if found["skip"] is not None:
                out.append(found[0])
            elif found["string"] is not None:
                out.append(f"'{self._in_string(found['string'])}'")
            elif found["braced"] is not None:
                out.append(self._embedded(found["braced"]))
            else:
                value, position = self._macro(found["name"], text, found.start(), position, depth)
                out.append(value)
        out.append(text[position:])
        return "".join(out)

    def define(self, text: str) -> bool:
        """Take a statement `@DEF(name, value)`; tell whether it is a macro at all, which gives no rows."""
        stripped = text.strip()
        if not stripped.startswith("@"):
            return False
        found = re.match(r"@DEF\s*(?=\()", stripped, re.IGNORECASE)
        arguments = split_list(inside(stripped[found.end() :]) or "") if found else []
        if len(arguments) > 1:
            self.variables[arguments[0].strip().lower()] = ",".join(arguments[1:]).strip()
        return True

    def _macro(self, name: str, text: str, start: int, end: int, depth: int) -> tuple[str, int]:
        after = re.compile(r"\s*\(").match(text, end)
        # `ON @this_model(a)`: what stands behind is a list of columns.
        if after is None or name.lower() == "this_model":
            return self._variable(name, text[max(start - 40, 0) : start], text[end : end + 1], depth), end
        close = closing(text, after.end() - 1)
        if close is None:
            return text[start:end], end
        arguments = text[after.end() : close]
        written = text[start : close + 1]
        value = self._call(name, arguments, depth)
        return value + "\n" * max(written.count("\n") - value.count("\n"), 0), close + 1

    def _variable(self, name: str, before: str, after: str, depth: int) -> str:
        lowered = name.lower()
        if lowered in self.variables:
            value = self.variables[lowered]
            is_name = after == "." or before.endswith(".") or _NAMING.search(before)
            return unquoted(value) if is_name else self.expand(value, depth + 1)
        if lowered == "this_model":
            return self.this_model
        if (time := _TIME.fullmatch(lowered)) is not None and time[1] in _TIMES:
            return _TIMES[time[1]]
        if lowered in ("runtime_stage", "gateway", "model_kind_name", "schemas", "views", "this_env"):
            return f"'{lowered}'"
        self.lack(HoleKind.VARIABLE, f"the variable @{name} has no value in the repository", name)
        is_name = after == "." or before.endswith(".") or _NAMING.search(before)
        return f"{MARK}ph_{lowered}{MARK}" if is_name else "NULL"

    def _embedded(self, name: str) -> str:
        value = self.variables.get(name.lower())
        if value is None:
            self.lack(HoleKind.VARIABLE, f"the variable @{name} has no value in the repository", name)
            return f"{MARK}ph_{name.lower()}{MARK}"
        return unquoted(value)

    def _in_string(self, text: str) -> str:
        return re.sub(r"@\{?(\w+)\}?", lambda found: self._embedded(found[1]), text)

    def _call(self, name: str, arguments: str, depth: int) -> str:
        rule = _RULES.get(name.lower())
        parts = split_list(arguments)
        if rule is not None:
            return rule(self, [part.strip() for part in parts], depth + 1)
        is_here = name.lower() in self.python or name.lower() in _BUILT_IN
        told = (
            f"the macro @{name} is not run: it is Python"
            if is_here
            else f"the macro @{name} is not known here"
        )
        self.lack(HoleKind.MACRO, told, name)
        mark = self.python.get(name.lower(), "")
        word = f"{name.lower()}{mark}" if is_here else f"{PLACEHOLDER}{name.lower()}"
        named = [re.sub(r"^\s*\w+\s*:=", "", part) for part in parts]
        return f"{word}({self.expand(', '.join(named), depth + 1)})"


_NAMING = re.compile(r"\b(?:from|join|into|table|view|schema|update)\s+$", re.IGNORECASE)
_Rule = Callable[[Macros, list[str], int], str]


def _value_of(macros: Macros, arguments: list[str], depth: int) -> str:
    name = unquoted(arguments[0]).lower() if arguments else ""
    if name in macros.variables:
        return macros.expand(macros.variables[name], depth)
    if len(arguments) > 1:
        return macros.expand(arguments[1], depth)
    macros.lack(HoleKind.VARIABLE, f"the variable @{name} has no value in the repository", name)
    return "NULL"


def _items(macros: Macros, text: str, depth: int) -> list[str]:
    """Read a list: `[a, b]`, `(a, b)`, a variable that holds one, or a single item."""
    text = text.strip()
    if re.fullmatch(r"@\w+", text):
        text = macros.variables.get(text[1:].lower(), text)
    held = inside(text)
    return [part.strip() for part in split_list(held)] if held is not None else [macros.expand(text, depth)]


def _each(macros: Macros, arguments: list[str], depth: int) -> str:
    """`@EACH([a, b], x -> f(x))`, `@EACH(a, b, x -> f(x))`: the expression once an item, with commas between."""
    *sources, function = arguments or [""]
    parameters, arrow, body = function.partition("->")
    if not arrow:
        return ", ".join(macros.expand(part, depth) for part in arguments)
    items = _items(macros, sources[0], depth) if len(sources) == 1 else sources
    names = [name.strip() for name in parameters.strip(" ()\n").split(",")]
    return ", ".join(macros.expand(_with_all(body, names, item), depth) for item in items)


def _with_all(body: str, names: list[str], item: str) -> str:
    values = split_list(inside(item) or item) if len(names) > 1 else [item]
    for name, value in zip(names, values, strict=False):
        body = _with(body, name, value.strip())
    return body


def _with(body: str, name: str, item: str) -> str:
    embedded = re.sub(rf"@\{{{re.escape(name)}\}}", lambda _: unquoted(item), body)
    joined = re.sub(
        rf"(?<=\w)@{re.escape(name)}\b|\b@{re.escape(name)}(?=\w)", lambda _: unquoted(item), embedded
    )
    return re.sub(rf"@?\b{re.escape(name)}\b(?!\s*\()", lambda _: item, joined).strip()


def _if(macros: Macros, arguments: list[str], depth: int) -> str:
    written = arguments[0] if arguments else ""
    condition = macros.expand(written, depth)
    truth = _truth(condition)
    if truth is None:
        macros.lack(HoleKind.CODE, f"the condition of @IF is taken as true: {condition[:60]}")
    chosen = 1 if truth in (True, None) else 2
    if truth is None or _OF_THE_RUN.search(written):
        macros.is_open = True
        chosen = 3 - chosen if macros.swaps else chosen
    return macros.expand(arguments[chosen], depth) if chosen < len(arguments) else ""


_OF_THE_RUN = re.compile(r"@(?:gateway|runtime_stage|this_env|model_kind_name)\b", re.IGNORECASE)


def _truth(condition: str) -> bool | None:
    text = condition.strip()
    if text.lower() in ("true", "1"):
        return True
    if text.lower() in ("false", "0", "null"):
        return False
    found = re.fullmatch(r"('[^']*'|[\w.]+)\s*(==?|<>|!=)\s*('[^']*'|[\w.]+)", text)
    if found is None or not all(re.fullmatch(r"'[^']*'|\d+(\.\d+)?", side) for side in (found[1], found[3])):
        return None
    return (found[1] == found[3]) == found[2].startswith("=")


def _joined(word: str) -> _Rule:
    def join(macros: Macros, arguments: list[str], depth: int) -> str:
        expanded = (macros.expand(argument, depth) for argument in arguments)
        parts = [part for part in expanded if part.strip().lower() not in ("", "null")]
        return "(" + f" {word} ".join(parts) + ")" if parts else "TRUE"

    return join


def _first(macros: Macros, arguments: list[str], depth: int) -> str:
    return macros.expand(arguments[0], depth) if arguments else ""


def _clause(word: str) -> _Rule:
    """`@WHERE(condition) expression`: the clause stands or falls with its condition; here it stands."""

    def write(macros: Macros, arguments: list[str], depth: int) -> str:
        if arguments and _truth(macros.expand(arguments[0], depth)) is False:
            macros.lack(HoleKind.CODE, f"@{word} is switched off, and kept here")
        return word

    return write


def _safe_sum(sign: str) -> _Rule:
    """NULL counts as 0, unless all are."""

    def write(macros: Macros, arguments: list[str], depth: int) -> str:
        terms = [macros.expand(argument, depth) for argument in arguments]
        all_null = " AND ".join(f"{term} IS NULL" for term in terms)
        total = f" {sign} ".join(f"COALESCE({term}, 0)" for term in terms)
        return f"CASE WHEN {all_null} THEN NULL ELSE {total} END"

    return write


def _safe_div(macros: Macros, arguments: list[str], depth: int) -> str:
    return " / NULLIF(".join(macros.expand(argument, depth) for argument in arguments) + ", 0)"


def _union(macros: Macros, arguments: list[str], depth: int) -> str:
    """`@UNION(condition, 'all', a, b)`: all rows of each where no type is given, the first alone where the condition is false."""
    kind, tables, is_off = "ALL", [], False
    for index, argument in enumerate(arguments):
        written = macros.expand(argument, depth)
        if index == 0 and (truth := _truth(written)) is not None:
            is_off = not truth
        elif (word := unquoted(written).upper()) in ("ALL", "DISTINCT"):
            kind = word
        else:
            tables.append(f"SELECT * FROM {written}")  # noqa: S608 - parsed, never run
    return f" UNION {kind} ".join(tables[:1] if is_off else tables)


_STAR = ("relation", "alias", "exclude", "prefix", "suffix", "quote_identifiers", "except_")


def _star(macros: Macros, arguments: list[str], depth: int) -> str:
    given = _given(macros, arguments, _STAR, depth)
    alias = unquoted(given.get("alias", ""))
    if unquoted(given.get("prefix", "")) or unquoted(given.get("suffix", "")):
        macros.lack(HoleKind.CODE, "@STAR with a prefix or suffix gives columns whose names are not known")
        # By its text: with another prefix it gives other columns.
        return f"{PLACEHOLDER}star_{zlib.crc32(','.join(arguments).encode()):08x}"
    left_out = inside(given.get("exclude") or given.get("except_") or "")
    return (f"{alias}.*" if alias else "*") + (f" EXCLUDE ({left_out})" if left_out else "")


def _key(macros: Macros, arguments: list[str], depth: int) -> str:
    given = _given(macros, arguments, (), depth)
    null = "'_sqlmesh_surrogate_key_null_'"
    fields = [macros.expand(part, depth) for part in arguments if ":=" not in part]
    texts = ", '|', ".join(f"COALESCE(CAST({field} AS TEXT), {null})" for field in fields)
    return f"{unquoted(given.get('hash_function', 'MD5'))}(CONCAT({texts}))"


def _given(macros: Macros, arguments: list[str], names: Collection[str], depth: int) -> dict[str, str]:
    """Give the arguments by name: those in order under `names`, the others under their own."""
    split = [part.partition(":=") for part in arguments]
    places = [first for first, mark, _ in split if not mark]
    given = dict(zip(names, places, strict=False)) | {
        first.strip().lower(): value for first, mark, value in split if mark
    }
    return {name: macros.expand(value.strip(), depth) for name, value in given.items()}


_BUILT_IN = frozenset({
    "reduce", "filter", "star", "pivot", "unpivot", "deduplicate", "date_spine", "haversine_distance",
    "metadata", "apply", "anonymous",
})  # fmt: skip
"""Further macros of SQLMesh itself: none of the project's takes their place, or loses it."""
_RULES: Mapping[str, _Rule] = {
    "var": _value_of, "blueprint_var": _value_of, "each": _each, "if": _if, "and": _joined("AND"), "or": _joined("OR"),
    "eval": _first, "sql": lambda macros, arguments, depth: unquoted(_first(macros, arguments, depth)),
    "union": _union, "star": _star, "generate_surrogate_key": _key,
    "safe_add": _safe_sum("+"), "safe_sub": _safe_sum("-"), "safe_div": _safe_div,
    "where": _clause("WHERE"), "having": _clause("HAVING"), "group_by": _clause("GROUP BY"), "with": _clause("WITH"),
    "order_by": _clause("ORDER BY"), "limit": _clause("LIMIT"), "join": _clause("JOIN"),
    "column": _first, "resolve_template": _first,
}  # fmt: skip
