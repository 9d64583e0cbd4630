"""SQL in programs of other languages: texts in quotes that are queries, as they are put together. Read by quotes and signs, never run.

Of what is written like a shell's script (Terraform's texts, a Makefile's recipes) its heredocs and variables are read as a shell's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.literals import (
    RELATION,
    Pieced,
    as_queries,
    filled_in,
    possible,
    queries_of_connectors,
)
from contract_gate.workspace.readers.quotes import ANY_LANGUAGE, ProgramToken, tokens
from contract_gate.workspace.readers.shell import queries_of_shell
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, script

_LIKE_SHELL = (".tf", ".hcl", "akefile", ".mk")
_ADJACENT = frozenset({"rb", "c", "cc", "cpp"})
"""Where two texts side by side are one."""
_SET = re.compile(
    r"(?P<fixed>\b(?:const|val|final|static|let|readonly)\b[^\n;=(){}]*?)?(?<![\w$.])(?P<name>[A-Za-z_$][\w$]*)"
    r"(?:\s*:\s*(?P<typed>[\w.<>?\[\]]+))?\s*(?P<sign>:?=|[+.&]=|\.\s*[aA]ppend\s*\(|\.\s*WriteString\s*\()"
    r"\s*(?:[\w.$\[\]\"']+\s*(?:\|\||\?\?|\?:)\s*)?\Z"
)
"""What a text is set to, or added to: the end of what stands before it. Of `x || 'a'` the text is what is written here."""
_ASSIGNED = re.compile(
    r"(?P<argument>[(,]\s*)?(?<![\w$])(?P<name>[A-Za-z_$][\w$]*)\s*(?P<typed>:\s*[\w.<>?\[\]]+\s*)?(?:[-+.&|:]?=)(?![=>~])"
)
_TOLD = re.compile(
    r"(?:\b(?:console|log|logger|logging)\.(?:\w+\.)?(?:log|debug|info|warn|warning|error|fatal|trace|print\w*|\w+f)|\b(?:print|println|printf|puts|echo|panic!?|fail|it|test|describe)"
    r"|\b\w*(?:Error|Exception)|\bfmt\.(?:Print|Errorf)\w*|\berrors\.New|\bSystem\.(?:out|err)\.print\w*|\bConsole\.Write\w*|\bWrite-(?:Host|Output|Error|Warning|Verbose|Debug))\s*\(?\s*\Z"
    r"|\b(?:desc|description|docs?|help|hint|label|message|msg|reason|summary|title|tooltip)[\"']?\s*(?:[:=]|=>)\s*\Z",
    re.IGNORECASE,
)
"""What is told to somebody stands behind it, and is handed to nothing that runs it."""
_MAY_BEGIN = re.compile(
    r"(?:[\"'`(/|;\n]|\\n)[^\S\n]*(?:select[\s(*]|(?:with|insert|update|merge|create|replace|truncate|unload|alter|drop|rename|copy|\\copy)\s|delete\s+from\s)",
    re.IGNORECASE,
)
"""Where a query may begin in a program's text: most files, and bundles of a megabyte, have no such place. No blanks over lines: a
file of empty lines would be read to its end for each."""
_GOES_ON = re.compile(r"\s*(?:from|where|join)\b", re.IGNORECASE)
_NAMES = re.compile(r"\b(?:from|join|into|update|where|select)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\n[^\S\n]*(?:from|where|(?:inner|left|right|full|cross)?\s*join|group\s+by|order\s+by|set|values|using|when)\b",
    re.IGNORECASE,
)
"""A clause that begins a line: no prose has one."""


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the file as one reader."""
    if path.endswith(_LIKE_SHELL):
        return script(path, (*queries_of_shell(text), *queries_of_connectors(text)))
    queries = queries_of_code(text, path.rpartition(".")[2].lower())
    return script(path, (*queries, *queries_of_connectors(text)))


def queries_of_code(text: str, language: str = ANY_LANGUAGE) -> Iterator[ReaderQuery]:
    """Give the queries among the texts of a program. `language` is the ending of its file's name, without the dot."""
    if _MAY_BEGIN.search(text) is None:
        return
    reading = _Joining(text, language, {})
    texts = tuple(reading.texts())
    constants = reading.constants() if any(_is_filled(made.text) for made in texts) else {}
    texts = tuple(_Joining(text, language, constants).texts()) if constants else texts
    queries = [query for made in texts for query in as_queries(made, _CLAUSE.search(made.text) is not None)]
    yield from queries
    named = [
        (made.text, made.lines[0]) for made in texts if "." in made.text and RELATION.fullmatch(made.text)
    ]
    yield from possible(queries, lambda before: () if before else named)


def _is_filled(text: str) -> bool:
    """Tell whether a constant of the file may complete a text: it goes on with a clause, or fills in something behind a word of one."""
    if _GOES_ON.match(text) is not None:
        return True
    word = _NAMES.search(text, 0, text.find("{")) if "${" in text else None
    return word is not None and "${" in text[word.end() :]


@dataclass(frozen=True, slots=True)
class _Above:
    """What was put together where a bracket opened at `start`. `is_joined`: what stands in the bracket is joined to it. `found`: how many texts ended before."""

    made: Pieced | None
    set_to: re.Match[str] | None
    is_joined: bool
    is_told: bool
    start: int
    found: int


class _Joining:
    """The texts of a program, each as it is put together. Reads all of it at once."""

    def __init__(self, text: str, language: str, known: Mapping[str, str]) -> None:
        self._text, self._known, self._is_adjacent = text, known, language in _ADJACENT
        self._made: Pieced | None = None
        self._set: re.Match[str] | None = None
        self._is_joined = self._is_called = self._is_told = False
        self._name = ""
        self._above: list[_Above] = []
        self._found: list[Pieced] = []
        self._constants: dict[str, list[str]] = {}
        self._growing: dict[str, Pieced] = {}
        self._grown: set[str] = set()
        for token in tokens(text, language, known):
            self._take(token)
        while self._above:
            self._close(len(text))
        self._end()

    def texts(self) -> Iterable[Pieced]:
        """Give each text, and what those become that others are added to."""
        return (*self._found, *(made for name, made in self._growing.items() if name in self._grown))

    def constants(self) -> dict[str, str]:
        """Give the names that are set once in the file, to a text of one line: in capitals, or by a word or type that says that they stay."""
        # An argument by its name (`copy(name = x)`) sets something else.
        sets = [found for found in _ASSIGNED.finditer(self._text) if found["typed"] or not found["argument"]]
        counts = Counter(found["name"] for found in sets)
        return {
            name: values[0]
            for name, values in self._constants.items()
            if len(values) == 1 and counts[name] == 1 and values[0].strip() and "\n" not in values[0]
        }

    def _take(self, token: ProgramToken) -> None:
        if token.made is not None:
            self._add(token.made, token.start)
        elif token.kind == "join":
            self._join(token.written)
        elif token.kind == "name":
            self._operand(token)
        elif token.kind == "open":
            self._open(token.start)
        elif token.kind == "close":
            self._close(token.start)
        elif token.kind == "other":
            self._end()

    def _add(self, made: Pieced, start: int) -> None:
        if self._made is not None and (self._is_joined or self._is_adjacent):
            self._made += made
        else:
            self._end()
            around = (self._text, max(start - 120, 0), start)
            self._made, self._set = made, _SET.search(*around)
            self._is_told = _TOLD.search(*around) is not None
        self._is_joined = self._is_called = False

    def _join(self, written: str) -> None:
        if self._made is None and self._name in self._known and not written.endswith("="):
            self._made = Pieced(self._known[self._name], (1,))
        self._is_joined = self._made is not None and not written.endswith("=")
        if not self._is_joined:
            self._end()

    def _operand(self, token: ProgramToken) -> None:
        end = token.start + len(token.written)
        name = re.split(r"\W+", token.written)[-1]
        if self._is_called and token.written.startswith((".", "-", ":", "?")):
            return
        if not self._is_joined or self._made is None:
            self._end()
            self._name = name
            return
        text = self._known.get(name) if self._text[end : end + 1] not in ("(", "[") else None
        self._made += filled_in(token.written, 1) if text is None else Pieced(text, (1,))
        self._is_joined, self._is_called = False, True

    def _open(self, start: int) -> None:
        if not self._is_joined and not self._is_called:
            self._end()
        self._above.append(
            _Above(self._made, self._set, self._is_joined, self._is_told, start, len(self._found))
        )
        self._made = self._set = None
        self._is_joined = self._is_called = False

    def _close(self, at: int) -> None:
        if not self._above:
            self._end()
            return
        above, inner, is_set = self._above.pop(), self._made, self._set
        if above.made is None:
            # What is in brackets goes on behind them: `("a" + b) + c`.
            self._set = is_set or above.set_to
            return
        is_whole = len(self._found) == above.found
        self._end()
        self._made, self._set, self._is_told = above.made, above.set_to, above.is_told
        if above.is_joined:
            expression = filled_in(self._text[above.start + 1 : at], 1)
            self._made += inner if inner is not None and is_whole else expression
        self._is_called = True

    def _end(self) -> None:
        """Keep what was put together."""
        made, found = self._made, self._set
        self._made = self._set = None
        self._is_joined = self._is_called = False
        self._name = ""
        if made is None:
            return
        self._found.append(made.with_text("\n" * made.text.count("\n")) if self._is_told else made)
        if found is None:
            return
        name, sign = found["name"], found["sign"]
        if sign in ("=", ":="):
            self._growing[name] = made
            if found["fixed"] or found["typed"] or name.isupper():
                self._constants.setdefault(name, []).append(made.text)
        elif name in self._growing:
            self._growing[name] += made
            self._grown.add(name)
        else:
            self._growing[name] = made
