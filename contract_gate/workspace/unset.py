"""What nobody gave a value in dbt projects: variables, the target's own names, and what hangs on them. Read from texts, never run."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from contract_gate.core.paths import ending_of
from contract_gate.core.remembering import remembered
from contract_gate.core.values import dataclass
from contract_gate.core.world import MadeUp
from contract_gate.workspace.dbt.packages import PROFILES, PROJECT_FILE
from contract_gate.workspace.files import YAML, Files, decode
from contract_gate.workspace.memo import grouped

# A pattern that begins with what it looks for is found ten times faster than one that begins with an edge.
_CALL = re.compile(
    r"""var(?:(?<=\bvar)|(?<=\b(env_)var))\s*\(\s*(?P<mark>['"])(?P<name>[\w.-]+)(?P=mark)\s*(?P<more>,)?"""
)
_READ = (".sql", *YAML)
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unset:
    """A variable without a value. `table` is the configuration's table that may say it: `env`, `vars` or `target`."""

    table: str
    name: str
    paths: tuple[str, ...]

    @property
    def setting(self) -> str:
        """Give the configuration's key that says the value."""
        return f"{self.table}.{self.name}"


def unset(
    files: Files, roots: Iterable[str], environment: Mapping[str, str], variables: Mapping[str, object]
) -> tuple[Unset, ...]:
    """List the variables of the dbt projects at `roots` that have neither a default, nor a value here or in the project."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for root in roots:
        named = posixpath.join(root, PROJECT_FILE)
        project = "".join(text for _, text in _decoded(files.read([named])))
        for call in _calls(files, root):
            known = environment if call.table == "env" else variables
            if call.name in known or (call.table == "vars" and _is_set(call.name, project)):
                continue
            found.setdefault((call.table, call.name), {})[call.path] = None
    return tuple(
        Unset(table=table, name=name, paths=tuple(paths)) for (table, name), paths in sorted(found.items())
    )


def words_of(listed: Iterable[Unset]) -> tuple[MadeUp, ...]:
    """Give the words that stand in names of relations for variables of the environment."""
    return tuple(
        MadeUp(word=f"env_{one.name.lower()}", setting=one.setting) for one in listed if one.table == "env"
    )


def lines_to_fill_in(found: Sequence[Unset]) -> list[str]:
    """Write the lines of contract-gate.toml, a table after the other, for a person to fill in."""
    lines: list[str] = []
    for table in ("vars", "env", "target"):
        names = [one.name for one in found if one.table == table]
        lines += [f"[{table}]", *(f'{_key(name)} = "…"' for name in names)] if names else []
    return lines


def places(one: Unset, named: int = 3) -> str:
    """Name the first files that hang on a variable; what no terminal or comment may hold is left out of the names."""
    shown = ["".join(mark if mark.isprintable() else "?" for mark in path) for path in one.paths[:named]]
    more = [f"{len(one.paths) - named} more files"] if len(one.paths) > named else []
    return ", ".join([*shown, *more])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call that asks for a variable and has no default. A file that could not be read has one of no `name`."""

    path: str
    table: str = ""
    name: str = ""


def _calls(files: Files, root: str) -> Iterator[_Call]:
    """Give the calls in a project's files and in profiles, in the order of their paths; files whose stamps an earlier run saw are not read."""
    prefix = f"{root}/" if root else ""
    stamps = files.stamps()
    own = (
        path
        for path in files.paths()
        if (path.startswith(prefix) and ending_of(path) in _READ) or posixpath.basename(path) in PROFILES
    )
    for group in grouped(own):
        stamped = [(path, stamps[path]) for path in group if path in stamps]
        found: tuple[_Call, ...] = (_Call(path=root),)
        if len(stamped) == len(group):
            found = remembered("variables", stamped, _Call, partial(_calls_in, files, group))
        if any(not call.name for call in found):
            found = _calls_in(files, group)
        yield from (call for call in found if call.name)


def _calls_in(files: Files, paths: Sequence[str]) -> tuple[_Call, ...]:
    contents = files.read(paths)
    unread = [_Call(path=path) for path in paths if not isinstance(contents.get(path), bytes)]
    found = [
        _Call(path=path, table="env" if call[1] else "vars", name=call["name"])
        for path, text in _decoded(contents)
        for call in _CALL.finditer(text)
        if not call["more"]
    ]
    return (*found, *unread)


def _decoded(contents: Mapping[str, bytes | str]) -> Iterator[tuple[str, str]]:
    for path, content in sorted(contents.items()):
        if isinstance(content, bytes) and len(content) <= _LARGEST and b"var" in content:
            yield path, decode(content).text


def _is_set(name: str, project: str) -> bool:
    """Tell whether the project's own file gives a variable a value: it is a key there."""
    return re.search(rf"^[ \t]+['\"]?{re.escape(name)}['\"]?\s*:", project, re.MULTILINE) is not None


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
