"""From files to nodes: models, seeds, snapshots, sources and singular tests, with the settings that text alone gives.

Settings that only running Jinja gives are left to `project` (`needs_config`). Nodes that are off are kept apart by it.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Collection as Collection_

from contract_gate.core.faults import contained
from contract_gate.core.paths import ending_of
from contract_gate.core.remembering import Facts
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import Hole, HoleKind, ModelKind
from contract_gate.workspace.content import code_digest, rows_digest
from contract_gate.workspace.dbt.functions import overloads
from contract_gate.workspace.dbt.hardcoded import RELATIONS
from contract_gate.workspace.dbt.nodes import ANALYSIS, Node, Overload
from contract_gate.workspace.dbt.packages import Package, Packages
from contract_gate.workspace.dbt.properties import (
    PROPERTIES,
    Declared,
    DeclaredSource,
    DeclaredVersion,
    read_properties,
)
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.references import SCANS, scan, snapshots
from contract_gate.workspace.dbt.seeds import read_seed
from contract_gate.workspace.dbt.settings import Settings, merge
from contract_gate.workspace.dbt.sources import SourceTable
from contract_gate.workspace.dbt.unit_tests import Fixture, is_fixture
from contract_gate.workspace.dbt.versions import columns_of, latest, version_files
from contract_gate.workspace.documents import Entry, Plain
from contract_gate.workspace.files import YAML, stem_of
from contract_gate.workspace.globs import IgnoreFile

UNREADABLE = "the YAML can't be read: "
READ = (*YAML, ".sql", ".py", ".csv")
IGNORE_FILE = ".dbtignore"
AGAIN = "#again"
"""Ends the key of what has another's."""
TREES = {
    ModelKind.MODEL: "models",
    ModelKind.SEED: "seeds",
    ModelKind.SNAPSHOT: "snapshots",
    ModelKind.SOURCE: "sources",
    ModelKind.TEST: "tests",
    ModelKind.FUNCTION: "functions",
}


@dataclass(kw_only=True)
class Collection:
    """What was found. `sources` are the plain tables, which are no `nodes` yet; `other`: entries of exposures, metrics and their like:
    (package, path, section, entry); `declared`: the entries of models and their like: (package, section, path, entry).
    """

    nodes: list[Node] = field(default_factory=list)
    sources: dict[str, SourceTable] = field(default_factory=dict)
    needs_config: set[str] = field(default_factory=set)
    macros: list[tuple[str, str, str]] = field(default_factory=list)
    other: list[tuple[str, str, str, Entry]] = field(default_factory=list)
    declared: list[tuple[str, str, str, Declared]] = field(default_factory=list)
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def unfold(self) -> None:
        """Make nodes of all sources."""
        self.nodes += [source.node() for source in self.sources.values()]
        self.sources.clear()


class FormerFiles:
    """What another side with the same packages found, of the files that are not `edited` since."""

    def __init__(self, found: Collection, edited: Collection_[str]) -> None:
        self._sources, self._edited = found.sources, edited
        self._nodes = {(node.kind, node.path): node for node in found.nodes if not node.key.endswith(AGAIN)}

    def node(
        self, kind: ModelKind, path: str, where: str | None, declared: Declared | None, version: str | None
    ) -> Node | None:
        """Give what was made of a file by the same declaration, at the same place."""
        node = self._nodes.get((kind, path)) if path not in self._edited else None
        if node is None or node.declared is not declared:
            return None
        return node if (node.declared_in, node.version) == (where, version) else None

    def source(self, key: str, path: str, table: Declared) -> SourceTable | None:
        """Give the plain table of the same declaration."""
        source = self._sources.get(key) if path not in self._edited else None
        return source if source is not None and source.path == path and source.table is table else None


def collect(
    reader: TextReader, packages: Packages, facts: Facts | None = None, former: FormerFiles | None = None
) -> Collection:
    """Read every package's files. Macros are `(package, path, text)`. `facts`: what earlier runs made of their texts."""
    found = Collection(problems=dict(packages.problems))
    places = [
        (package, kind, path)
        for package in packages.all
        for kind, path in _files(reader, package, _left_out(reader, package, found.left_out))
    ]
    reader.fetch(path for _, _, path in places)
    read = {path: text for _, kind, path in places if kind != "macros" and (text := reader.text(path))}
    PROPERTIES.take(((path, text) for path, text in read.items() if ending_of(path) in YAML), facts)
    for memo in (SCANS, RELATIONS):
        memo.take(((path, text) for path, text in read.items() if ending_of(path) == ".sql"), facts)
    for package in packages.all:
        own = [(kind, path) for owner, kind, path in places if owner is package]
        _Collector(reader, packages.root, package, found, former).collect(own)
    return found


def _files(
    reader: TextReader, package: Package, is_left_out: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    seen = set()
    for kind, folders in package.folders.items():
        for folder in folders:
            for path in reader.under(folder):
                if (
                    ending_of(path) in READ
                    and (kind, path) not in seen
                    and not _is_foreign(path, folder, package)
                    and not is_left_out(path)
                ):
                    seen.add((kind, path))
                    yield kind, path


def _left_out(reader: TextReader, package: Package, found: dict[str, str]) -> Callable[[str], bool]:
    """Tell by a package's own `.dbtignore` what dbt does not read: https://docs.getdbt.com/reference/dbtignore"""
    place = posixpath.join(package.root, IGNORE_FILE)
    text = reader.text(place)
    ignored = IgnoreFile.parse(text or "")

    def is_left_out(path: str) -> bool:
        inner = path.removeprefix(f"{package.root}/") if package.root else path
        if ignored.lines and ignored.leaves_out(inner):
            found[path] = place
        return path in found

    return is_left_out


def _is_foreign(path: str, folder: str, package: Package) -> bool:
    """Where a project reads its whole folder, what dbt installs and writes there is none of its own."""
    if folder != package.root:
        return False
    inner = path[len(folder) :].lstrip("/")
    names = inner.split("/")
    return (
        inner.startswith(f"{package.install_path.strip('/')}/")
        or "dbt_packages" in names
        or names[0] == "target"
    )


class _Collector:
    def __init__(
        self,
        reader: TextReader,
        root: Package,
        package: Package,
        found: Collection,
        former: FormerFiles | None,
    ) -> None:
        self._reader, self._root, self._package, self._found = reader, root, package, found
        self._former = former
        self._declared: dict[tuple[str, str], tuple[str, Declared]] = {}
        self._version_files: dict[str, tuple[str, DeclaredVersion | None]] = {}
        self._keys: set[str] = set()

    def collect(self, files: list[tuple[str, str]]) -> None:
        yaml_paths = dict.fromkeys(path for _, path in files if ending_of(path) in YAML)
        sources: list[tuple[str, DeclaredSource]] = []
        yaml_snapshots: list[tuple[str, Declared]] = []
        for path in yaml_paths:
            with contained(self._found.problems, path):
                self._properties(path, sources, yaml_snapshots)
        self._version_files = version_files(self._declared)
        self._function_files = {
            stem_of(path): path for kind, path in files if kind == "functions" and ending_of(path) not in YAML
        }
        for kind, path in files:
            with contained(self._found.problems, path):
                self._file(kind, path)
        for path, snapshot in yaml_snapshots:
            with contained(self._found.problems, path):
                self._yaml_snapshot(path, snapshot)
        for path, source in sources:
            with contained(self._found.problems, path):
                self._source_tables(path, source)

    def _properties(
        self, path: str, sources: list[tuple[str, DeclaredSource]], yaml_snapshots: list[tuple[str, Declared]]
    ) -> None:
        text = self._text(path)
        if text is None:
            return
        file = read_properties(text)
        if file.problem:
            self._found.problems[path] = UNREADABLE + file.problem
        for section, listed in (
            ("models", file.models),
            ("seeds", file.seeds),
            ("snapshots", file.snapshots),
            ("functions", file.functions),
        ):
            for declared in listed:
                self._declared.setdefault((section, declared.name), (path, declared))
                self._found.declared.append((self._package.name, section, path, declared))
                if section == "snapshots" and declared.relation:
                    yaml_snapshots.append((path, declared))
        sources += [(path, source) for source in file.sources]
        package = self._package.key_name
        self._found.other += [(package, path, section, entry) for section, entry in file.other]

    def _file(self, kind: str, path: str) -> None:
        match kind, ending_of(path):
            case "models", ".sql":
                self._models(path)
            case "models", ".py":
                self._models(path, is_python=True)
            case "seeds", ".csv":
                self._seed(path)
            case "snapshots", ".sql":
                self._sql_snapshots(path)
            case "macros", ".sql":
                self._macro(path)
            case "functions", ".sql" | ".py":
                self._functions(path)
            case "tests", ".sql" | ".csv" if is_fixture(path, self._package.folders.get("tests", ())):
                self._fixture(path)
            case "tests", ".sql":
                self._test(path)
            case "analyses", ".sql":
                self._analysis(path)
            case _:
                pass

    def _models(self, path: str, is_python: bool = False) -> None:
        stem = stem_of(path)
        name, version = self._version_files.get(stem, (stem, None))
        where, declared = self._declared.get(("models", name), (None, None))
        given = where, declared, version.v if version else None
        former = self._former.node(ModelKind.MODEL, path, *given) if self._former else None
        node = former or self._node(ModelKind.MODEL, name, path, where, declared, version)
        if is_python and former is None:
            content = code_digest(node.text) if node.text is not None else None
            node = replace(node, is_python=True, content=content)
        self._add(node, is_dynamic=self._is_dynamic(path, is_python))

    def _seed(self, path: str) -> None:
        name = stem_of(path)
        where, declared = self._declared.get(("seeds", name), (None, None))
        former = self._former.node(ModelKind.SEED, path, where, declared, None) if self._former else None
        if former is not None:
            self._add(former, is_dynamic=False)
            return
        node = self._node(ModelKind.SEED, name, path, where, declared, None)
        text = self._text(path)
        types = node.config.get("column_types")
        delimiter = str(node.config.get("delimiter") or ",")
        columns = read_seed(text or "", delimiter, types if isinstance(types, dict) else {})
        content = rows_digest(text, delimiter) if text is not None else None
        self._add(replace(node, text=None, columns=columns, content=content), is_dynamic=False)

    def _sql_snapshots(self, path: str) -> None:
        for name, line in snapshots(self._text(path) or ""):
            where, declared = self._declared.get(("snapshots", name), (None, None))
            node = self._node(ModelKind.SNAPSHOT, name, path, where, declared, None)
            self._add(replace(node, snapshot=name, line=line), is_dynamic=self._is_dynamic(path, False))

    def _yaml_snapshot(self, path: str, declared: Declared) -> None:
        node = self._node(ModelKind.SNAPSHOT, declared.name, path, path, declared, None)
        text = "select * from {{ " + (declared.relation or "") + " }}"  # noqa: S608 - a template, run in the sandbox
        self._add(replace(node, text=text, line=declared.line), is_dynamic=False)

    def _macro(self, path: str) -> None:
        text = self._text(path)
        if text:
            self._found.macros.append((self._package.name, path, text))

    def _functions(self, path: str) -> None:
        """A function with its overloads, each of which has a file of its own that makes no other."""
        name, ending = stem_of(path), ending_of(path)
        if any(
            name == stem
            for (section, _), (_, one) in self._declared.items()
            if section == "functions"
            for stem, _ in overloads(one)
        ):
            return
        where, declared = self._declared.get(("functions", name), (None, None))
        node = self._node(ModelKind.FUNCTION, name, path, where, declared, None)
        files = ((self._function_files.get(stem), entry) for stem, entry in overloads(declared))
        others = tuple(
            Overload(text=self._text(file) or "", declared=entry, is_python=ending_of(file) == ".py")
            for file, entry in files
            if file is not None
        )
        self._add(replace(node, is_python=ending == ".py", overloads=others), is_dynamic=False)

    def _fixture(self, path: str) -> None:
        text = self._text(path)
        name = stem_of(path)
        if text is not None:
            self._found.fixtures.setdefault(name, Fixture(path=path, text=text))

    def _test(self, path: str) -> None:
        text = self._text(path)
        if not text:
            return
        if "/generic/" in path:
            self._found.macros.append((self._package.name, path, text))
            return
        if self._package is self._root:
            name = stem_of(path)
            node = self._node(ModelKind.TEST, name, path, None, None, None)
            self._add(node, is_dynamic=self._is_dynamic(path, False))

    def _analysis(self, path: str) -> None:
        """dbt compiles an analysis and makes nothing of it: it is read as a test is, and is none."""
        if self._package is self._root and self._text(path):
            name = stem_of(path)
            node = self._node(ModelKind.TEST, name, path, None, None, None)
            key = f"{ANALYSIS}{self._package.key_name}.{name}"
            self._add(replace(node, key=key, noun="analysis"), is_dynamic=self._is_dynamic(path, False))

    def _source_tables(self, path: str, source: DeclaredSource) -> None:
        package, folders = self._package.name, self._folders("models", path)
        header = replace(source, tables=())
        for table in source.tables:
            key = f"source.{self._package.key_name}.{source.name}.{table.name}"
            former = self._former.source(key, path, table) if self._former else None
            declared = former or self._source_table(key, path, (package, *folders), header, table)
            if (former or declared.is_plain) and declared.key not in self._keys:
                self._keys.add(declared.key)
                self._found.sources[declared.key] = declared
            else:
                self._add(declared.node(), is_dynamic=False)

    def _source_table(
        self, key: str, path: str, place: tuple[str, ...], source: DeclaredSource, table: Declared
    ) -> SourceTable:
        fqn = (*place, source.name, table.name)
        config = self._settings(ModelKind.SOURCE, fqn, {**dict(source.config), **dict(table.config)}, {})
        return SourceTable(
            key=key, package=place[0], path=path, fqn=fqn, config=config, source=source, table=table
        )

    def _node(
        self,
        kind: ModelKind,
        name: str,
        path: str,
        declared_in: str | None,
        declared: Declared | None,
        version: DeclaredVersion | None,
    ) -> Node:
        package = self._package.name
        tree = TREES[kind]
        fqn = (package, *self._folders(tree, path), name, *([f"v{version.v}"] if version else []))
        text = self._text(path)
        own = dict(scan(text).config) if text and ending_of(path) == ".sql" else {}
        below: Settings = merge({}, dict(declared.config) if declared else {})
        merge(below, dict(version.config) if version else {})
        suffix = f".v{version.v}" if version else ""
        return Node(
            key=f"{kind.value}.{self._package.key_name}.{name}{suffix}",
            kind=kind,
            name=name,
            package=package,
            path=path,
            text=text,
            config=self._settings(kind, fqn, below, own),
            fqn=fqn,
            version=version.v if version else None,
            latest=latest(declared) if version and declared else None,
            declared=declared,
            declared_in=declared_in,
            columns=columns_of(declared, version),
            tests=(version.tests if version and version.tests is not None else declared.tests)
            if declared
            else (),
            constraints=declared.constraints if declared else (),
            problem=self._reader.problems.get(path),
            holes=(Hole(kind=HoleKind.TEXT, told=self._reader.notes[path]),)
            if path in self._reader.notes
            else (),
        )

    def _settings(
        self, kind: ModelKind, fqn: tuple[str, ...], declared: Mapping[str, Plain], own: Mapping[str, Plain]
    ) -> Settings:
        tree = TREES[kind]
        result = merge({}, self._package.tree(tree, fqn))
        merge(result, declared)
        merge(result, own)
        if self._package is not self._root:
            merge(result, self._root.tree(tree, fqn))
        return result

    def _folders(self, kind: str, path: str) -> tuple[str, ...]:
        """Give the directories between a folder of this kind and the file."""
        folders = [folder for all_folders in self._package.folders.values() for folder in all_folders]
        preferred = [*self._package.folders.get(kind, ()), *folders]
        for folder in preferred:
            if path.startswith(folder + "/") or not folder:
                return tuple(path[len(folder) :].strip("/").split("/")[:-1])
        return ()

    def _text(self, path: str) -> str | None:
        text = self._reader.text(path)
        if text is None and path in self._reader.problems:
            self._found.problems[path] = self._reader.problems[path]
        return text

    def _is_dynamic(self, path: str, is_python: bool) -> bool:
        text = self._text(path)
        return bool(text) and not is_python and scan(text or "").is_config_dynamic

    def _add(self, node: Node, is_dynamic: bool) -> None:
        if node.key in self._keys:
            if (twin := self._found.sources.pop(node.key, None)) is not None:
                self._found.nodes.append(twin.node())
            # dbt takes two of a name where one is off; which is known when the settings are.
            node = replace(node, key=node.key + AGAIN)
        self._keys.add(node.key)
        self._found.nodes.append(node)
        if is_dynamic:
            self._found.needs_config.add(node.key)
