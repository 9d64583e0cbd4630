"""Migrations whose order stands in a file beside them: Sqitch's plan, and the changelogs that include Liquibase's files.

Says of a file which sequence it is of and when it runs; what a Liquibase changeset asks (`dbms`, `context`, `ignore`)
decides whether it runs at all.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.files import Files, decode, read_texts
from contract_gate.workspace.markup import BadXmlError
from contract_gate.workspace.plain.changelogs import (
    ENDINGS,
    ROOT,
    Changelog,
    Include,
    Properties,
    read_changelog,
)
from contract_gate.workspace.plain.sequences import Step, step_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Files of migrations and their place: path → step. `folders`: those that a plan orders (it names all that run).

    `written`: the SQL of changelogs in XML, YAML and JSON; `filled` puts their properties into the text of a step; `problems`: those of them that can't be read, and why.
    """

    steps: Mapping[str, Step] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    written: Mapping[str, str] = field(default_factory=dict)
    filled: Callable[[str], str] = lambda text: text
    problems: Mapping[str, str] = field(default_factory=dict)

    def step(self, path: str, text: str) -> Step | None:
        """Give a file's place, by a plan before its name."""
        if path in self.steps:
            return self.steps[path]
        folder = next((each for each in self.folders if path.startswith(each + "/")), None)
        if folder is not None:
            return Step(
                sequence=folder, undoes=True
            )  # what the plan does not name, and what reverts or verifies
        named = step_of(path)
        if named is None and _FORMATTED.match(text):
            return Step(sequence=posixpath.dirname(path), turn=(_numbers(path), path))
        return named


def read_plans(files: Files, paths: Collection[str], dialect_of: Callable[[str], str]) -> Plans:
    """Read the plans and changelogs among the paths."""
    plans = [path for path in paths if path.endswith("sqitch.plan")]
    there = frozenset(paths)
    read = _Changelogs(files, there, dialect_of)
    steps = read.steps()
    folders: set[str] = set()
    for path, content in files.read(sorted(plans)).items() if plans else ():
        text = decode(content).text if isinstance(content, bytes) else ""
        for deploy in _deploy_folders(posixpath.dirname(path), there):
            steps.update(_planned(text, deploy, there))
            top = posixpath.dirname(deploy)
            folders |= {posixpath.join(top, name) for name in ("deploy", "revert", "verify")}
    written = {path: each.sql for path, each in read.found.items() if each.sql and path in steps}
    return Plans(
        steps=steps,
        folders=frozenset(folders),
        written=written,
        problems=read.problems,
        filled=read.properties.filled,
    )


class _Changelogs:
    """The changelogs of a revision: those that are named so, and what they include."""

    def __init__(self, files: Files, there: frozenset[str], dialect_of: Callable[[str], str]) -> None:
        self._files, self._there, self._dialect_of = files, there, dialect_of
        self.found: dict[str, Changelog] = {}
        self.properties = Properties(self._text_beside)
        self.problems: dict[str, str] = {}
        asked = {path for path in there if _MAY_BE_CHANGELOG.search(path)}
        seen: set[str] = set()
        while wanted := asked - seen:
            seen |= wanted
            contents = files.read(sorted(wanted))
            asked = {
                name
                for path, content in sorted(contents.items(), key=_properties_first)
                for include in self._read(path, content)
                for name in self._meant(path, include)
                if name.lower().endswith(ENDINGS)
            }

    def _read(self, path: str, content: bytes | str) -> tuple[Include, ...]:
        if isinstance(content, str):
            if is_plan(path):
                self.problems[path] = content
            return ()
        if ROOT.encode() not in content:
            return ()
        checkpoint()
        dialect = self._dialect_of(path)
        try:
            found = read_changelog(
                path, decode(content).text, lambda given: _is_idle(given, dialect), dialect, self.properties
            )
        except BadXmlError as error:
            self.problems[path] = f"the changelog is not read: {error}"
            return ()
        if found is None:
            return ()
        self.found[path] = found
        if found.problem is not None:
            self.problems[path] = found.problem
        return found.includes

    def _text_beside(self, path: str, name: str) -> str:
        found = self._meant(path, Include(path=name, of_folder=False, is_idle=False))
        texts = read_texts(self._files, found)
        return "\n".join(texts[each] for each in found if each in texts)

    def _meant(self, path: str, include: Include) -> list[str]:
        """Give the files that an include names, by the changelog's own place or by the root, in their order."""
        name = include.path.removeprefix("classpath*:").removeprefix("classpath:").strip("/")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if include.of_folder:
            for folder in (beside, name):
                inside = "" if folder in (".", "") else f"{folder}/"
                if below := sorted(each for each in self._there if each.startswith(inside)):
                    return [each for each in below if each.lower().endswith((".sql", *ENDINGS))]
            return sorted(
                each
                for each in self._there
                if f"/{name}/" in each and each.lower().endswith((".sql", *ENDINGS))
            )
        exact = [other for other in (beside, name) if other in self._there]
        return (exact or sorted(other for other in self._there if other.endswith("/" + name)))[:1]

    def steps(self) -> dict[str, Step]:
        """Give the place of each file that a changelog runs, its own among them."""
        meant = {
            path: [(each, self._meant(path, each)) for each in log.includes]
            for path, log in self.found.items()
        }
        included = {
            name for path, each in meant.items() for _, names in each for name in names if name != path
        }
        steps: dict[str, Step] = {}
        for root in sorted(self.found, key=lambda path: (path in included, path)):
            if root not in steps:
                for file, is_idle in self._run(root, meant, False, set()):
                    turn = ((len(steps),), file)
                    # The changelog's own name would make it one of its relations' files.
                    sequence = posixpath.splitext(root)[0]
                    steps.setdefault(file, Step(sequence=sequence, turn=turn, undoes=is_idle))
        return steps

    def _run(
        self, path: str, meant: Mapping[str, list[tuple[Include, list[str]]]], is_idle: bool, seen: set[str]
    ) -> Iterator[tuple[str, bool]]:
        seen.add(path)
        log = self.found.get(path)
        for index, (include, names) in enumerate(meant.get(path, ())):
            if log is not None and index == log.own_after:
                yield path, is_idle
            for name in names:
                if name not in seen:
                    yield from self._run(name, meant, is_idle or include.is_idle, seen)
        yield path, is_idle


def _properties_first(item: tuple[str, bytes | str]) -> tuple[bool, str]:
    path, content = item
    return not (isinstance(content, bytes) and b"property" in content), path


def is_plan(path: str) -> bool:
    """Tell whether a file may say in which order others run."""
    return path.endswith("sqitch.plan") or _CHANGELOG.search(path) is not None


def without_idle_changesets(text: str, dialect: str) -> str:
    """Blank out the changesets of Liquibase that do not run in this dialect, or nowhere but in tests, keeping every line."""
    if not _FORMATTED.match(text):
        return text
    kept: list[str] = []
    idle = False
    for line in text.split("\n"):
        if (found := _CHANGESET.match(line)) is not None:
            idle = _is_idle(_attributes(found[1]), dialect)
        kept.append("" if idle else line)
    return "\n".join(kept)


def run_order(text: str) -> tuple[tuple[int, int], ...]:
    """Give where changesets of Liquibase begin that run before all others (-1), after all others (1) or in their turn (0).

    https://docs.liquibase.com/concepts/changelogs/attributes/run-order.html
    """
    if "runorder" not in text.lower() or not _FORMATTED.match(text):
        return ()
    turns = {"first": -1, "last": 1}
    return tuple(
        (found.start(), turns.get(_attributes(found[1]).get("runorder", "").lower(), 0))
        for found in _CHANGESET.finditer(text)
    )


_FORMATTED = re.compile(r"\s*--\s*liquibase\s+formatted\s+sql", re.IGNORECASE)
_CHANGESET = re.compile(r"^[ \t]*--\s*changeset\s+(.*)$", re.IGNORECASE | re.MULTILINE)
_CHANGELOG = re.compile(r"(?:changelog|master)[^/]*\.(?:xml|ya?ml|json)$", re.IGNORECASE)
_MAY_BE_CHANGELOG = re.compile(
    r"(?:changelog|master|liquibase|changeset|migrat|(?:^|/)(?:db|database|changes|resources|schemas?|ddl)/)[^.]*.*\.(?:xml|ya?ml|json)$",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"^([^\s%@#-][^\s\[]*)", re.MULTILINE)
_TAG = re.compile(r"^@(\S+)", re.MULTILINE)
_IN_TESTS = re.compile(r"^(?:test|tests|testing|dev|development|local|demo|sample|ci)$", re.IGNORECASE)


def _is_idle(given: Mapping[str, str], dialect: str) -> bool:
    if given.get("ignore", "").lower() == "true":
        return True
    contexts = given.get("context") or given.get("contextfilter") or given.get("contexts") or ""
    if contexts and all(_IN_TESTS.match(each.strip()) for each in re.split(r",|\bor\b", contexts)):
        return True
    return bool(dialect) and not _is_meant(given.get("dbms", ""), dialect)


def _attributes(written: str) -> dict[str, str]:
    pairs = re.findall(r"(\w+):(\"[^\"]*\"|'[^']*'|\S+)", written)
    return {name.lower(): value.strip("\"'") for name, value in pairs}


def _is_meant(dbms: str, dialect: str) -> bool:
    """`postgresql,h2` runs there alone, `!oracle` everywhere else."""
    words = [word.strip().lower() for word in dbms.split(",") if word.strip()]
    named = {product_dialect(word) or word.lstrip("!"): word.startswith("!") for word in words}
    if not named or "all" in named:
        return True
    if dialect in named:
        return not named[dialect]
    return all(named.values())


def _deploy_folders(folder: str, there: frozenset[str]) -> list[str]:
    """Sqitch looks in `deploy` beside its plan, or below the top directory of its configuration."""
    beside = posixpath.join(folder, "deploy")
    if any(path.startswith(beside + "/") for path in there):
        return [beside]
    prefix = f"{folder}/" if folder else ""
    found = {
        path.split("/deploy/")[0] + "/deploy"
        for path in there
        if "/deploy/" in path and path.startswith(prefix)
    }
    return sorted(found)


def _planned(text: str, deploy: str, there: frozenset[str]) -> Iterator[tuple[str, Step]]:
    """Give the changes in the order of the plan; one that was reworked stood under the name of the tag behind it."""
    lines = text.split("\n")
    names = [(index, found[1]) for index, line in enumerate(lines) if (found := _CHANGE.match(line))]
    last = {name: index for index, name in names}
    for turn, (index, name) in enumerate(names):
        file = f"{deploy}/{name}.sql"
        if last[name] != index:
            tag = next((found[1] for line in lines[index:] if (found := _TAG.match(line))), "")
            file = f"{deploy}/{name}@{tag}.sql"
        if file in there:
            yield file, Step(sequence=deploy, turn=((turn,), name))


def _numbers(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", posixpath.basename(path)))
