"""Which files of the repository a file of Python imports from: its constants may lie there, and so may the name of what it reads.

Where Python would look nobody knows here: a module is looked for in the file's folder and in those above it, else anywhere by its last
names, where only one file has them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

_IMPORT = re.compile(
    rb"^[ \t]*\"?(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^()]*\)|[^\n;#(]*)|import[ \t]+([^\n;#]+))",
    re.MULTILINE,
)
"""In a notebook a line stands in quotes."""
_WORDS = re.compile(rb"[\w.]+")
_PACKAGE = "__init__.py"


def imported_modules(content: bytes) -> tuple[str, ...]:
    """Give the names of the modules that a text imports, or may: `from a import b` means `a`, and perhaps `a.b`."""
    found: dict[str, None] = {}
    for module, names, modules in _IMPORT.findall(content):
        for word in _WORDS.findall(modules):
            parts = word.decode(errors="replace").split(".")
            found.update(dict.fromkeys(".".join(parts[: index + 1]) for index in range(len(parts))))
        if module:
            name = module.decode(errors="replace")
            found[name] = None
            found.update(
                dict.fromkeys(below(name, word.decode(errors="replace")) for word in _WORDS.findall(names))
            )
    return tuple(found)


def below(module: str, name: str) -> str:
    """Give the name of a module within another."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


class ModuleFiles:
    """Where the modules of one revision lie."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths
        self._by_end: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            if path.endswith(".py"):
                self._by_end[_end(path)].append(path)
        self._found: dict[tuple[str, str], str | None] = {}

    def path(self, importer: str, module: str) -> str | None:
        """Give the file that a module's name means in a file; None where it is none of the repository's, or one of several."""
        folder = importer.rpartition("/")[0]
        if (folder, module) not in self._found:
            self._found[folder, module] = self._looked_for(folder, module)
        return self._found[folder, module]

    def _looked_for(self, folder: str, module: str) -> str | None:
        names = module.lstrip(".")
        level, file = len(module) - len(names), names.replace(".", "/")
        above = folder.split("/") if folder else []
        if level:
            above = above[: len(above) - level + 1] if level <= len(above) + 1 else []
            return self._at("/".join(above), file)
        while True:
            if found := self._at("/".join(above), file):
                return found
            if not above:
                break
            above.pop()
        ends = (f"/{file}.py", f"/{file}/{_PACKAGE}")
        alike = [path for end in ends for path in self._by_end.get(_end(end), ()) if path.endswith(end)]
        return alike[0] if len(alike) == 1 else None

    def _at(self, folder: str, file: str) -> str | None:
        start = "/".join(part for part in (folder, file) if part)
        places = (*((f"{start}.py",) if file else ()), f"{start}/{_PACKAGE}".lstrip("/"))
        return next((place for place in places if place in self._paths), None)


class Importers:
    """Who imports from whom in one revision, as far as that was told (`add`)."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._files = module_files(paths)
        self._imports: dict[str, set[str]] = defaultdict(set)
        self._importers: dict[str, set[str]] = defaultdict(set)

    def add(self, importer: str, modules: Sequence[str]) -> tuple[str, ...]:
        """Take in what a file imports; give the files that it imports from."""
        found = (self._files.path(importer, module) for module in modules)
        paths = tuple(path for path in found if path is not None and path != importer)
        self._imports[importer].update(paths)
        for path in paths:
            self._importers[path].add(importer)
        return paths

    def importing(self, path: str) -> set[str]:
        """Give the files that import from this one, also through a package that hands on what is in it."""
        found: set[str] = set()
        pending = [path]
        while pending:
            for importer in self._importers[pending.pop()] - found:
                found.add(importer)
                pending += [importer] if importer.endswith(_PACKAGE) else []
        return found

    def behind(self, path: str) -> set[str]:
        """Give the files that a file imports from, and those that they import from in turn."""
        found: set[str] = set()
        pending = [path]
        while pending:
            new = self._imports[pending.pop()] - found
            found |= new
            pending += new
        return found


@lru_cache(maxsize=4)
def module_files(paths: frozenset[str]) -> ModuleFiles:
    """Give where the modules of a revision lie."""
    return ModuleFiles(paths)


def _end(path: str) -> str:
    """Give the last name of a path, a package's with its folder."""
    folder, _, name = path.rpartition("/")
    return f"{folder.rpartition('/')[2]}/{name}" if name == _PACKAGE else name


def names_alone(content: bytes, word: bytes) -> bool:
    """Tell whether a text in quotes is nothing but a name that ends in this word, both in lower case."""
    return re.search(rb"[\"'`.:}]" + re.escape(word) + rb"[\"'`\]]", content) is not None
