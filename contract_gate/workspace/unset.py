"""Variables of dbt projects that nobody gave a value: which there are, and what they hang on. Read from texts, never run."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contract_gate.core.world import MadeUp
from contract_gate.workspace.files import Files, decode

_CALL = re.compile(r"""\b(env_var|var)\s*\(\s*(?P<mark>['"])(?P<name>[\w.-]+)(?P=mark)\s*(?P<more>,)?""")
_READ = (".sql", ".yml", ".yaml")
_PROJECT = "dbt_project.yml"
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unset:
    """A variable without a value. `table` is the configuration's table that may say it: `env` or `vars`."""

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
        texts = dict(_texts(files, root))
        project = texts.get(posixpath.join(root, _PROJECT), "")
        for path, text in sorted(texts.items()):
            for call in _CALL.finditer(text):
                table = "env" if call[1] == "env_var" else "vars"
                known = environment if table == "env" else variables
                if (
                    call["more"]
                    or call["name"] in known
                    or (table == "vars" and _is_set(call["name"], project))
                ):
                    continue
                found.setdefault((table, call["name"]), {})[path] = None
    return tuple(
        Unset(table=table, name=name, paths=tuple(paths)) for (table, name), paths in sorted(found.items())
    )


def words_of(listed: Iterable[Unset]) -> tuple[MadeUp, ...]:
    """Give the words that stand in names of relations for variables of the environment."""
    return tuple(
        MadeUp(word=f"env_{one.name.lower()}", setting=one.setting) for one in listed if one.table == "env"
    )


def _texts(files: Files, root: str) -> Iterator[tuple[str, str]]:
    prefix = f"{root}/" if root else ""
    paths = [path for path in files.paths() if path.startswith(prefix) and path.endswith(_READ)]
    for path, content in files.read(paths).items():
        if isinstance(content, bytes) and len(content) <= _LARGEST and b"var" in content:
            yield path, decode(content).text


def _is_set(name: str, project: str) -> bool:
    """Tell whether the project's own file gives a variable a value: it is a key there."""
    return re.search(rf"^\s+['\"]?{re.escape(name)}['\"]?\s*:", project, re.MULTILINE) is not None
