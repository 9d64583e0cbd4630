"""Migrations whose order stands in a file beside them: Sqitch's plan, and the changelogs that include Liquibase's files.

Says of a file which sequence it is of and when it runs; what a Liquibase changeset asks (`dbms`, `context`, `ignore`)
decides whether it runs at all.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.plain.sequences import Step, step_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Files of migrations and their place: path → step. `folders`: those that a plan orders (it names all that run)."""

    steps: Mapping[str, Step] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()

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


def read_plans(files: Files, paths: Collection[str]) -> Plans:
    """Read the plans and changelogs among the paths."""
    wanted = [path for path in paths if is_plan(path)]
    if not wanted:
        return Plans()
    there = frozenset(paths)
    steps: dict[str, Step] = {}
    folders: set[str] = set()
    for path, content in files.read(sorted(wanted)).items():
        text = decode(content).text if isinstance(content, bytes) else ""
        folder = posixpath.dirname(path)
        if path.endswith("sqitch.plan"):
            for deploy in _deploy_folders(folder, there):
                steps.update(_planned(text, deploy, there))
                top = posixpath.dirname(deploy)
                folders |= {posixpath.join(top, name) for name in ("deploy", "revert", "verify")}
        else:
            steps.update({name: step for name, step in _included(text, path, there) if name not in steps})
    return Plans(steps=steps, folders=frozenset(folders))


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
            idle = _is_idle(found[1], dialect)
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
_INCLUDED = re.compile(r"""\bfile["']?\s*[:=]\s*["']?([^"'\s>,}]+\.sql)""", re.IGNORECASE)
_CHANGE = re.compile(r"^([^\s%@#-][^\s\[]*)", re.MULTILINE)
_TAG = re.compile(r"^@(\S+)", re.MULTILINE)
_IN_TESTS = re.compile(r"^(?:test|tests|testing|dev|development|local|demo|sample|ci)$", re.IGNORECASE)


def _is_idle(attributes: str, dialect: str) -> bool:
    given = _attributes(attributes)
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


def _included(text: str, path: str, there: frozenset[str]) -> Iterator[tuple[str, Step]]:
    """Give the SQL files that a changelog includes, by its own place or by the root, in its order."""
    for turn, found in enumerate(_INCLUDED.findall(text)):
        name = found.removeprefix("classpath:").lstrip("/")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        ends = [other for other in (beside, name) if other in there] or sorted(
            other for other in there if other.endswith("/" + name)
        )
        for file in ends[:1]:
            yield file, Step(sequence=path, turn=((turn,), file))


def _numbers(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", posixpath.basename(path)))
