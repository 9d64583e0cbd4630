"""What a dbt file's Jinja names, read without running it: refs, sources, calls, literal settings.

Tokens, not a parse: a file of any shape is read in one pass, seven thousand in a second or two. Everything here
may name too much (a branch that never runs), never too little.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache, partial

from contract_gate.core.facts import read, written
from contract_gate.core.values import dataclass
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.memo import Memo

_STRING = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\""
_BLOCK = re.compile(
    r"\{#.*?#\}"
    rf"|\{{\{{((?:{_STRING}|[^'\"}}]|\}}(?!\}}))*+)\}}\}}"
    rf"|\{{%((?:{_STRING}|[^'\"%]|%(?!\}}))*+)%\}}",
    re.DOTALL,
)
_START = re.compile(r"\{[{%#]")
_TOKEN = re.compile(rf"({_STRING})|([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|([^\s\w])", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_INNER = re.compile(r"\b(?:ref|source|function)\s*\(")
_DEFINITION = re.compile(r"\{%[-+]?\s*(macro|test|data_test)\s+([A-Za-z_]\w*)")
_DEFINITION_END = re.compile(r"\{%[-+]?\s*end(?:macro|test|data_test)\b[^%]*%\}")
_SNAPSHOT = re.compile(r"\{%[-+]?\s*snapshot\s+([A-Za-z_]\w*)")
_REFERRERS = frozenset({"ref", "source"})
_FUNCTION = "function"
_WORDS: dict[str, Plain] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "none": None,
    "None": None,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One `ref` or `source` with literal arguments."""

    function: str
    args: tuple[str, ...]
    version: str | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceScan:
    """What a text names. `is_dynamic`: a ref or source whose arguments are computed. `config`: literal settings;
    `is_config_dynamic`: some settings are computed or conditional. `variables`: those that `var` is asked for;
    `asks_any_variable`: which ones is computed, too."""

    references: tuple[Reference, ...] = ()
    names: frozenset[str] = frozenset()
    literals: frozenset[str] = frozenset()
    is_dynamic: bool = False
    config: tuple[tuple[str, Plain], ...] = ()
    is_config_dynamic: bool = False
    variables: frozenset[str] = frozenset()
    asks_any_variable: bool = False

    def asks(self, variables: Collection[str]) -> bool:
        """Tell whether the text may ask for one of these variables."""
        return bool(variables) and (self.asks_any_variable or not self.variables.isdisjoint(variables))


@dataclass(frozen=True, slots=True)
class MacroDefinition:
    """A macro: its name and what its text names."""

    name: str
    line: int
    scan: ReferenceScan
    text: str


def scan(text: str) -> ReferenceScan:
    """Read what a template names."""
    return SCANS(text)


def _scanned(text: str) -> ReferenceScan:
    reader = _ReferenceReader()
    # Settings count as literal only when every file that is rendered sets them: not inside a condition.
    depth, line, counted = 0, 1, 0
    for match in _blocks(text):
        if match is None:
            reader.give_up()
            break
        body = match[1] if match[1] is not None else match[2]
        if body is None:
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        tokens = list(_TOKEN.finditer(body))
        if match[2] is not None:
            depth += _nesting(tokens)
        reader.read(tokens, body, line, depth > 0)
    return reader.result()


def _blocks(text: str) -> "Iterator[re.Match[str] | None]":
    """Give the blocks of a template in order; None ends them where one does not (the rest is not searched)."""
    start = _START.search(text)
    while start is not None:
        match = _BLOCK.match(text, start.start())
        yield match
        start = _START.search(text, match.end()) if match else None


@lru_cache(maxsize=8192)
def definitions(text: str) -> tuple[MacroDefinition, ...]:
    """Read the macros that a file defines, each with what its own text names."""
    found = []
    starts = list(_DEFINITION.finditer(text))
    line, counted = 1, 0
    for index, start in enumerate(starts):
        limit = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        end = _DEFINITION_END.search(text, start.end(), limit)
        name = start[2] if start[1] == "macro" else f"test_{start[2]}"
        body = text[start.start() : end.end() if end else limit]
        line, counted = line + text.count("\n", counted, start.start()), start.start()
        found.append(MacroDefinition(name, line, scan(body), body))
    return tuple(found)


def snapshots(text: str) -> tuple[tuple[str, int], ...]:
    """Give the snapshots that a file defines, with their lines."""
    return tuple((match[1], text.count("\n", 0, match.start()) + 1) for match in _SNAPSHOT.finditer(text))


def settings_alone(text: str) -> str | None:
    """Give the `config` calls of a template where they hang on nothing else in it; None where only the whole template tells.

    They hang on nothing else where they always run and name variables, the environment and the target alone.
    """
    depth, calls = 0, []
    for match in _blocks(text):
        if match is None:
            return None
        body = match[1] if match[1] is not None else match[2] or ""
        tokens = list(_TOKEN.finditer(body))
        words = [token[2] for token in tokens]
        if match[2] is not None:
            depth += _nesting(tokens)
        if "raw" in words[:1]:
            return None
        if "config" in words:
            if (
                depth
                or match[1] is None
                or words[0] != "config"
                or not _BY_THEMSELVES.issuperset(_named(tokens))
            ):
                return None
            calls.append(match[0])
    return "".join(calls) or None


_BY_THEMSELVES = frozenset(
    {"config", "var", "env_var", "target", "and", "or", "not", "in", "is", "if", "else", *_WORDS}
)


def _named(tokens: "list[re.Match[str]]") -> Iterator[str]:
    """Give the names in a call, without those of its arguments, of attributes and of filters."""
    for index, token in enumerate(tokens):
        behind = [each[0] for each in tokens[index + 1 : index + 3]]
        is_argument = behind[:1] == ["="] and behind != ["=", "="]
        is_part = index > 0 and tokens[index - 1][0] in (".", "|")
        if token[2] and not is_argument and not is_part:
            yield token[2]


def references_in(text: str) -> tuple[Reference, ...]:
    """Read the refs and sources of a YAML value such as `ref('orders')` or `{{ source('raw', 'orders') }}`."""
    body = text if "{{" in text else "{{ " + text + " }}"
    return scan(body).references


SCANS = Memo("what a template names", _scanned, written, partial(read, ReferenceScan), 32768)


def _nesting(tokens: "list[re.Match[str]]") -> int:
    words = [token[2] for token in tokens if token[2]]
    if not words:
        return 0
    if words[0] in ("if", "for", "macro", "call", "filter"):
        return 1
    return -1 if words[0] in ("endif", "endfor", "endmacro", "endcall", "endfilter") else 0


class _ReferenceReader:
    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.names: set[str] = set()
        self.literals: set[str] = set()
        self.config: dict[str, Plain] = {}
        self.constants: dict[str, Plain] = {}
        self.reassigned: set[str] = set()
        self.variables: set[str] = set()
        self.is_dynamic = self.is_config_dynamic = self.asks_any_variable = False

    def read(self, tokens: "list[re.Match[str]]", body: str, line: int, is_conditional: bool) -> None:
        if tokens and tokens[0][0] == "set":
            self._set(tokens, is_conditional)
        counted = 0
        for index, token in enumerate(tokens):
            line, counted = line + body.count("\n", counted, token.start()), token.start()
            if token[1]:
                self._string(_unquoted(token[1]))
            elif name := token[2]:
                self.names.add(name)
                called = index + 1 < len(tokens) and tokens[index + 1][0] == "("
                if (name in _REFERRERS or name == _FUNCTION) and called:
                    self._reference(name, tokens, index, line)
                elif name in _REFERRERS:
                    self.is_dynamic = self.is_dynamic or not _follows_dot(tokens, index)
                elif name == "var":
                    self._variable(tokens, index + 1)
                elif name == "config" and called and not _follows_dot(tokens, index):
                    self._config(tokens, index + 2, is_conditional)

    def give_up(self) -> None:
        """Take the rest of the text for anything: only rendering can tell what it names."""
        self.is_dynamic = self.is_config_dynamic = self.asks_any_variable = True

    def result(self) -> ReferenceScan:
        return ReferenceScan(
            references=tuple(self.references),
            names=frozenset(self.names),
            literals=frozenset(self.literals),
            is_dynamic=self.is_dynamic,
            config=tuple(self.config.items()),
            is_config_dynamic=self.is_config_dynamic,
            variables=frozenset(self.variables),
            asks_any_variable=self.asks_any_variable,
        )

    def _string(self, value: str) -> None:
        self.literals.add(value)
        if _INNER.search(value):
            # Jinja within a string (a hook, a variable): what it names counts, whether it will run or not.
            inner = scan("{{ " + value.replace("{{", " ").replace("}}", " ") + " }}")
            self.references.extend(inner.references)
            self.literals.update(inner.literals)
            self.names.update(inner.names)
            self.variables.update(inner.variables)
            self.is_dynamic = self.is_dynamic or inner.is_dynamic
            self.asks_any_variable = self.asks_any_variable or inner.asks_any_variable

    def _variable(self, tokens: "list[re.Match[str]]", position: int) -> None:
        """Read what stands behind `var`: `('x'`, `.has_var('x'`."""
        if [token[0] for token in tokens[position : position + 2]] == [".", "has_var"]:
            position += 2
        is_called = position + 1 < len(tokens) and tokens[position][0] == "("
        if is_called and tokens[position + 1][1] and _ends_argument(tokens, position + 1):
            self.variables.add(_unquoted(tokens[position + 1][1]))
        else:
            self.asks_any_variable = True

    def _reference(self, name: str, tokens: "list[re.Match[str]]", index: int, line: int) -> None:
        args: list[str] = []
        version = None
        position = index + 2
        while position < len(tokens) and tokens[position][0] != ")":
            token = tokens[position]
            if token[1] and _ends_argument(tokens, position):
                args.append(_unquoted(token[1]))
            elif (
                token[2] in ("v", "version")
                and position + 2 < len(tokens)
                and _ends_argument(tokens, position + 2)
            ):
                version = _unquoted(tokens[position + 2][0])
                position += 2
            elif token[0] != ",":
                self.is_dynamic = True
                return
            position += 1
        if args and position < len(tokens):
            self.references.append(Reference(name, tuple(args), version, line))
        else:
            self.is_dynamic = True

    def _set(self, tokens: "list[re.Match[str]]", is_conditional: bool) -> None:
        name = tokens[1][2] if len(tokens) > 3 and tokens[2][0] == "=" else None
        if name is None:
            return
        value, position, is_literal = _literal(tokens, 3, self.constants)
        self.constants.pop(name, None)
        if is_literal and position == len(tokens) and name not in self.reassigned and not is_conditional:
            self.constants[name] = value
        self.reassigned.add(name)

    def _config(self, tokens: "list[re.Match[str]]", position: int, is_conditional: bool) -> None:
        if is_conditional:
            self.is_config_dynamic = True
            return
        while position < len(tokens) and tokens[position][0] not in (")", "}"):
            if tokens[position][0] == "{":
                position += 1
                continue
            key = tokens[position][2] or _unquoted(tokens[position][1] or "")
            if not key or position + 1 >= len(tokens) or tokens[position + 1][0] not in ("=", ":"):
                self.is_config_dynamic = True
                return
            value, position, is_literal = _literal(tokens, position + 2, self.constants)
            if is_literal:
                self.config[key] = value
            elif key in _RELEVANT:
                self.is_config_dynamic = True
                return
            if position < len(tokens) and tokens[position][0] == ",":
                position += 1


# The settings that a relation's name, being or shape hang on; the others may stay unknown until it is rendered.
NAMING = frozenset(
    {"schema", "dataset", "alias", "database", "project", "catalog", "target_schema", "target_database"}
)
_RELEVANT = NAMING | {"enabled", "materialized", "contract", "on_schema_change"}


def _literal(
    tokens: "list[re.Match[str]]", position: int, constants: "dict[str, Plain]"
) -> tuple[Plain, int, bool]:
    """Read a literal value (names of constants and `~`, `+` of texts included), or skip the argument."""
    start, depth = position, 0
    while position < len(tokens):
        text = tokens[position][0]
        if text in "([{":
            depth += 1
        elif text in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif text == "," and depth == 0:
            break
        position += 1
    span = tokens[start:position]
    if len(span) == 1:
        value, is_literal = _single(span[0], constants)
        return value, position, is_literal
    if len(span) % 2 and all(token[0] in ("~", "+") for token in span[1::2]):
        parts = [_single(token, constants) for token in span[::2]]
        if all(is_literal and isinstance(part, str) for part, is_literal in parts):
            return "".join(str(part) for part, _ in parts), position, True
    if span and span[0][0] in "[({":
        read = _collection(span, 0, constants)
        if read is not None and read[1] == len(span):
            return read[0], position, True
    return None, position, False


def _collection(
    span: "list[re.Match[str]]", start: int, constants: "dict[str, Plain]"
) -> "tuple[Plain, int] | None":
    """Read a list, tuple or dictionary of literals, nested ones too: it and the position behind it; None for any other."""
    closing = {"[": "]", "(": ")", "{": "}"}[span[start][0]]
    items: list[Plain] = []
    keys: list[str] = []
    position = start + 1
    while position < len(span) and span[position][0] != closing:
        if closing == "}":
            if position + 1 >= len(span) or not span[position][1] or span[position + 1][0] != ":":
                return None
            keys.append(_unquoted(span[position][1]))
            position += 2
        if position < len(span) and span[position][0] in "[({":
            inner = _collection(span, position, constants)
            if inner is None:
                return None
            value, position = inner
        elif position < len(span):
            value, is_literal = _single(span[position], constants)
            position += 1
            if not is_literal:
                return None
        else:
            return None
        items.append(value)
        if position < len(span) and span[position][0] == ",":
            position += 1
        elif position >= len(span) or span[position][0] != closing:
            return None
    if position >= len(span):
        return None
    if closing == ")" and len(items) == 1 and span[position - 1][0] != ",":
        return items[0], position + 1
    return (dict(zip(keys, items, strict=True)) if closing == "}" else items), position + 1


def _single(token: "re.Match[str]", constants: "dict[str, Plain]") -> tuple[Plain, bool]:
    if token[1]:
        return _unquoted(token[1]), True
    if token[3]:
        return (float(token[3]) if "." in token[3] else int(token[3])), True
    if token[2] in _WORDS:
        return _WORDS[token[2]], True
    return constants.get(token[2]), token[2] in constants


def _ends_argument(tokens: "list[re.Match[str]]", position: int) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1][0] in (",", ")")


def _follows_dot(tokens: "list[re.Match[str]]", index: int) -> bool:
    return index > 0 and tokens[index - 1][0] == "."


def _unquoted(text: str) -> str:
    if text[:1] in "'\"" and len(text) > 1:
        text = text[1:-1]
        return _ESCAPE.sub(lambda match: match[1], text) if "\\" in text else text
    return text
