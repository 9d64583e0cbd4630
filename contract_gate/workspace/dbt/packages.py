"""Packages: the root project, the ones that it vendors and its local ones, each with its folders and settings.

https://docs.getdbt.com/reference/dbt_project.yml, https://docs.getdbt.com/docs/build/packages. A package that is
only named (its files are not in the repository) is told apart: `absent`.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from contract_gate.core.values import dataclass, field, replace
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.settings import Settings, folder_settings, merge
from contract_gate.workspace.documents import BadYamlError, Entry, Plain, read_yaml
from contract_gate.workspace.files import is_vendored

Render = Callable[[str], str]
"""Runs the Jinja of a setting."""

PROJECT_FILE = "dbt_project.yml"
PROFILES = ("profiles.yml", "profiles.yaml")
"""They say where a project is built, wherever in the repository they lie."""
_FOLDERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "models": ("model-paths", ("models",)),
    "seeds": ("seed-paths", ("seeds",)),
    "snapshots": ("snapshot-paths", ("snapshots",)),
    "tests": ("test-paths", ("tests",)),
    "macros": ("macro-paths", ("macros",)),
    "analyses": ("analysis-paths", ("analyses",)),
    "functions": ("function-paths", ("functions",)),
}
_WITHOUT_MODELS = frozenset(
    {"dbt_utils", "codegen", "dbt_codegen", "dbt_expectations", "audit_helper", "dbt_audit_helper", "dbt_date",
     "dbt_external_tables", "external_tables", "spark_utils", "tsql_utils", "fivetran_utils", "dbt_constraints", "dbt_profiler",
     "dbt_meta_testing", "snowflake_utils", "metrics"}
)  # fmt: skip
"""Well-known packages of macros alone."""
_NONE: Mapping[str, str | None] = MappingProxyType({})
_OLD_NAMES = {
    "model-paths": "source-paths",
    "seed-paths": "data-paths",
    "packages-install-path": "modules-path",
}
_WITHOUT_SQL_OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    "docs-paths": (), "asset-paths": (), "clean-targets": (), "target-path": ("target",), "log-path": ("logs",),
    "packages-install-path": ("dbt_packages", "dbt_modules", "dbt_internal_packages"),
}  # fmt: skip
"""Folders that a project documents, fills or empties itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A dbt project at `root` (relative to the repository, "" for its top). `folders`: kind → directories.

    `document` is the project file with its lines.
    """

    name: str
    root: str
    folders: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Plain]
    profile: str | None = None
    install_path: str = "dbt_packages"
    label: str = ""
    document: Entry | None = field(default=None, compare=False, repr=False)

    @property
    def file(self) -> str:
        """Give the path of its project file."""
        return posixpath.join(self.root, PROJECT_FILE)

    @property
    def key_name(self) -> str:
        """Give the name within keys: the project's, or one of its own where another project of the repository has it."""
        return self.label or self.name

    def tree(self, name: str, fqn: tuple[str, ...]) -> Settings:
        """Give the settings that a tree of folders (`models`, `seeds`, …) has for the node with these names."""
        settings = folder_settings(self.setting(name), fqn)
        return (
            merge(settings, folder_settings(self.setting("data_tests"), fqn)) if name == "tests" else settings
        )

    def setting(self, key: str) -> Mapping[str, Plain]:
        """Give a mapping of the project file (`models`, `vars`, `quoting`, …), empty where there is none."""
        value = self.settings.get(key)
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """A package that a project asks for, and where: its version or revision as it is written, else as it is locked.

    `is_named`: `name` is the package's own; that of one from git or a tarball is a guess by its address.
    """

    name: str
    is_named: bool = True
    version: str | None
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """The root project first; `absent` are the packages that are named and not in the repository, `required` all named.

    `projects` are those that it reads as a mesh: https://docs.getdbt.com/docs/mesh/govern/project-dependencies
    """

    all: tuple[Package, ...]
    absent: tuple[str, ...] = ()
    required: tuple[Required, ...] = ()
    projects: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Package:
        return self.all[0]

    def may_bring(self, package: str | None) -> bool:
        """Tell whether a package or project that is not here may have models, of this name or (None) of any."""
        absent = [one for one in self.required if one.name in self.absent]
        if package is None:
            return any(one.name not in _WITHOUT_MODELS for one in absent)
        return package in {*self.absent, *self.projects} or any(not one.is_named for one in absent)


def label_of(reader: TextReader, root: str, name: str, elders: Mapping[str, str | None] = _NONE) -> str:
    """Give a name for keys that no other project of the repository has: the one nearest to the top keeps its own.

    `elders`, which stood there before (folder → name), go first: a project that is new takes no other's name, and an elder not
    that of one which is gone.
    """

    def rank(place: str) -> tuple[bool, int, str]:
        return (place not in elders, place.count("/"), place)

    rivals = {other for other in dbt_roots(reader.under("")) if _name_at(reader, other) == name} - {root}
    if root in elders:
        rivals |= {other for other, called in elders.items() if called == name} - {root}
    if all(rank(root) < rank(other) for other in rivals):
        return name
    return f"{name}@{root.replace('.', '_')}"


def _name_at(reader: TextReader, root: str) -> str | None:
    return name_in(reader.text(posixpath.join(root, PROJECT_FILE)) or "")


def name_in(text: str) -> str | None:
    """Give the name that a `dbt_project.yml` gives its project."""
    try:
        entry = read_yaml(text)
    except BadYamlError:
        return None
    return entry.text("name") if entry else None


def dbt_roots(paths: Iterable[str]) -> tuple[str, ...]:
    """Find the dbt projects of a repository: directories with a `dbt_project.yml`, vendored packages left out."""
    roots = sorted(posixpath.dirname(path) for path in paths if posixpath.basename(path) == PROJECT_FILE)
    return tuple(root for root in roots if not is_vendored(root))


def own_folders(text: str, root: str) -> frozenset[str]:
    """Give the folders that a `dbt_project.yml` reads or fills; its own folder where a template names one, or nothing can be told."""
    try:
        entry = read_yaml(text)
        settings = entry.plain() if entry else None
    except BadYamlError:
        settings = None
    if not isinstance(settings, dict):
        return frozenset({root})
    named = (*_FOLDERS.values(), *_WITHOUT_SQL_OF_OTHERS.items())
    found = {
        place for key, default in named for place in _folders(settings, key, default, root, lambda text: text)
    }
    return frozenset({root} if any("{{" in place for place in found) else found)


def read_packages(
    reader: TextReader, root: str, render: Render, elders: Mapping[str, str | None] = _NONE
) -> Packages | str:
    """Read the project at `root` and its packages; a text says why there is none."""
    problems: dict[str, str] = {}
    first = _read_package(reader, root, render)
    if isinstance(first, str):
        return first
    packages = [replace(first, label=label_of(reader, root, first.name, elders))]
    seen = {root}
    required: list[Required] = []
    for package in packages:
        local, named = _required(reader, package.root, problems)
        for place, asked in local.items():
            if place in seen:
                continue
            seen.add(place)
            if reader.under(place):
                _add(reader, place, render, packages, problems)
            else:
                # A submodule, or a folder of another repository.
                required.append(asked)
        required += named
    for place in _vendored(reader, first):
        if place not in seen:
            seen.add(place)
            _add(reader, place, render, packages, problems)
    present = {package.name for package in packages}
    missing = tuple(name for name in dict.fromkeys(one.name for one in required) if name not in present)
    projects = tuple(
        name
        for _, item in _listed(reader, root, ("dependencies.yml",), problems, "projects")
        if (name := item.text("name"))
    )
    return Packages(
        all=tuple(packages), absent=missing, required=tuple(required), projects=projects, problems=problems
    )


def _add(
    reader: TextReader, place: str, render: Render, packages: list[Package], problems: dict[str, str]
) -> None:
    package = _read_package(reader, place, render)
    if isinstance(package, str):
        problems[posixpath.join(place, PROJECT_FILE)] = package
    elif package.name not in {known.name for known in packages}:
        packages.append(package)


def _read_package(reader: TextReader, root: str, render: Render) -> Package | str:
    path = posixpath.join(root, PROJECT_FILE)
    text = reader.text(path)
    if text is None:
        return reader.problems.get(path, f"there is no {PROJECT_FILE}")
    try:
        entry = read_yaml(text)
        settings = entry.plain() if entry else None
    except BadYamlError as error:
        return str(error)
    if not isinstance(settings, dict) or not settings.get("name"):
        return "the project file has no name"
    install = settings.get("packages-install-path") or settings.get("modules-path")
    return Package(
        name=str(settings["name"]).strip(),
        root=root,
        folders={
            kind: _folders(settings, key, default, root, render) for kind, (key, default) in _FOLDERS.items()
        },
        settings=settings,
        profile=_optional(settings.get("profile"), render),
        install_path=str(install) if install else "dbt_packages",
        document=entry,
    )


def _optional(value: Plain, render: Render) -> str | None:
    return render(str(value)) if value else None


def _folders(
    settings: Mapping[str, Plain], key: str, default: tuple[str, ...], root: str, render: Render
) -> tuple[str, ...]:
    given = settings.get(key, settings.get(_OLD_NAMES.get(key, key)))
    listed = given if isinstance(given, list) else [given] if isinstance(given, str) else list(default)
    rendered = [render(str(item)) for item in listed if item]
    return tuple(_joined(root, item) for item in rendered if item)


def _joined(root: str, relative: str) -> str:
    """Give the directory in the repository; "" is its top, and a way out of it leads nowhere."""
    place = posixpath.normpath(posixpath.join(root, relative.strip()))
    return "" if place == "." else place


def _required(
    reader: TextReader, root: str, problems: dict[str, str]
) -> tuple[dict[str, Required], list[Required]]:
    """Give the local packages by their directories, and the others with their versions."""
    local: dict[str, Required] = {}
    named: list[Required] = []
    for path, item in _listed(reader, root, ("packages.yml", "dependencies.yml"), problems):
        if place := item.text("local"):
            name = _as_name(posixpath.basename(_joined(root, place)))
            local[_joined(root, place)] = Required(
                name=name, is_named=False, version=None, path=path, line=item.line
            )
        elif source := _source(item):
            # A tarball's `name` is that of its folder.
            is_named = item.text("package") is not None
            version = _version(item)
            named.append(Required(name=source, is_named=is_named, version=version, path=path, line=item.line))
    return local, _as_locked(reader, root, named, problems)


def _as_locked(
    reader: TextReader, root: str, named: list[Required], problems: dict[str, str]
) -> list[Required]:
    """A range of versions says less than the lock file: https://docs.getdbt.com/reference/commands/deps"""
    locked = {}
    for path, item in _listed(reader, root, ("package-lock.yml",), problems):
        if source := _source(item):
            locked[source] = Required(name=source, version=_version(item), path=path, line=item.line)
    return [_exact(required, locked.get(required.name)) for required in named]


def _exact(required: Required, locked: Required | None) -> Required:
    if locked is None or locked.version is None or required.version == locked.version:
        return required
    return replace(locked, is_named=required.is_named)


def _listed(
    reader: TextReader, root: str, names: Iterable[str], problems: dict[str, str], section: str = "packages"
) -> Iterator[tuple[str, Entry]]:
    """Give the entries of a section of these files, each with its file's path."""
    for name in names:
        path = posixpath.join(root, name)
        text = reader.text(path)
        if not text:
            continue
        try:
            entry = read_yaml(text)
        except BadYamlError as error:
            problems[path] = str(error)
            continue
        for item in entry.list_of(section) if entry else []:
            yield path, item


def _version(item: Entry) -> str | None:
    listed = [part.scalar or "" for part in item.list_of("version")]
    return ", ".join(listed) if listed else item.text("version") or item.text("revision")


def _source(item: Entry) -> str | None:
    if item.text("tarball") and (name := item.text("name")):
        return name
    where = item.text("package") or item.text("git") or item.text("private") or item.text("tarball")
    if not where:
        return None
    return _as_name(where.rstrip("/").rpartition("/")[2].removesuffix(".git"))


def _as_name(folder: str) -> str:
    return folder.removeprefix("dbt-").replace("-", "_")


def _vendored(reader: TextReader, package: Package) -> list[str]:
    places = {_joined(package.root, name) for name in (package.install_path, "dbt_packages", "dbt_modules")}
    found = []
    for place in sorted(places):
        for path in reader.under(place):
            inner = path[len(place) + 1 :] if place else path
            if inner.count("/") == 1 and inner.endswith("/" + PROJECT_FILE):
                found.append(posixpath.dirname(path))
    return found
