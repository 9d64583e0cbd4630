"""What was edited when a model of a dbt project differs and its own file does not: macros, variables, settings, YAML.

Read from texts alone, before anything is rendered: an origin is what *may* have changed a model. Whether the model
did change is for the comparison to say.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from contract_gate.compare.changes.origin import HiddenEdit, Origin, OriginKind, Origins
from contract_gate.core.models import outlines
from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.changes import of_other_versions
from contract_gate.workspace.dbt.edits import edited_macros, edited_settings, edited_variables
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.packages import Required
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dbt.references import NAMING, Reference, ReferenceScan, scan
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.resolution import STAND_INS

_NAMING_MACROS = frozenset({"generate_schema_name", "generate_alias_name", "generate_database_name"})


class DbtOrigins:
    """The origins of a project's models between two revisions. `paths` are the files that changed."""

    def __init__(self, base: DbtProject, head: DbtProject, paths: Collection[str]) -> None:
        self._base, self._head, self._paths = base, head, frozenset(paths)
        self._macros = edited_macros(base.macros.placed, head.macros.placed)
        self._variables = edited_variables(base.packages, head.packages)
        self._settings = edited_settings(base.packages, head.packages)
        self._required = [
            {required.name: required for required in project.packages.required} for project in (base, head)
        ]
        self._present = {package.name for package in head.packages.all}
        self._packages = {
            name: self._package(name) for name in sorted(of_other_versions(self._base, self._head))
        }

    def of(self, before: str, after: str) -> Origins:
        """Give what may have changed a model, by its keys at base and head; either may be off or gone at its side."""
        old, new = self._base.node(before), self._head.node(after)
        node = new or old
        if node is None:
            return Origins()
        if node.kind is ModelKind.SOURCE:
            found = tuple(self._of_source(old, new))
            return Origins(text=found, name=found, settings=found)
        if old is None or new is None:
            off = before in self._head.disabled or after in self._base.disabled
            return Origins(settings=tuple(self._of_settings(node, ("enabled",)))) if off else Origins()
        return Origins(
            text=_once(self._of_text(old, new)),
            name=_once(self._of_name(old, new)),
            settings=_once(self._of_config(old, new, lambda key: key not in NAMING)),
        )

    def hidden(self) -> Iterator[HiddenEdit]:
        """Give the edits that only packages feel which are not in the repository, with the models that use those.

        Not those models that dbt compiled on both sides: what the edit does to them can be compared.
        """
        yield from self._of_versions()
        yield from self._of_unread_variables()

    def _of_versions(self) -> Iterator[HiddenEdit]:
        old, new = self._required
        for name, origin in self._packages.items():
            before, after = old.get(name), new.get(name)
            if before is None or name in self._present:
                continue
            change = (
                f"changed from {_version(before)} to {_version(after)}"
                if after
                else "is not required any more"
            )
            if keys := self._users_of({name}):
                yield HiddenEdit(
                    origin=origin, what=f"{change} and is not in the repository",
                    before=_version(before), after=_version(after), keys=keys,
                )  # fmt: skip

    def _of_unread_variables(self) -> Iterator[HiddenEdit]:
        """A variable that no text here names is read by a package: by the one that its name begins with, or by any."""
        absent = {*self._base.packages.absent, *self._head.packages.absent}
        for name, origin in self._variables.items():
            packages = _packages_of(name, absent)
            is_named = self._base.names_anywhere(name) or self._head.names_anywhere(name)
            if not packages or (is_named and name not in absent):
                continue
            if keys := self._users_of(packages):
                listed = " or ".join(f"`{each}`" for each in sorted(packages))
                what = f"was edited and is read by no file here, perhaps by {listed}, which is not in the repository"
                yield HiddenEdit(origin=origin, what=what, keys=keys)

    def _users_of(self, packages: Collection[str]) -> tuple[str, ...]:
        keys = self._base.graph.users((), packages) | self._head.graph.users((), packages)
        return tuple(sorted(key for key in keys if key in self._head.models and not self._is_compiled(key)))

    def _package(self, name: str) -> Origin:
        old, new = self._required
        place = new.get(name) or old[name]
        return Origin(kind=OriginKind.PACKAGE, name=name, path=place.path, line=place.line)

    def _is_compiled(self, key: str) -> bool:
        return all(
            project.compiled is not None and project.compiled(key) is not None
            for project in (self._base, self._head)
        )

    def _of_text(self, old: Node, new: Node) -> Iterator[Origin]:
        if old.text != new.text or old.text is None:
            return
        yield from self._of_references(old, new)
        texts = [*self._base.graph.texts(old.key), *self._head.graph.texts(new.key)]
        yield from self._of_texts(texts)
        yield from self._of_config(old, new, lambda _: True)

    def _of_texts(self, texts: Collection[ReferenceScan]) -> Iterator[Origin]:
        """Give the edited macros, variables and packages that these texts name."""
        names = {name for text in texts for name in text.names | text.literals}
        yield from (origin for name, origin in self._packages.items() if name in names)
        yield from (origin for name, found in self._macros.items() if name in names for origin in found)
        if any("var" in text.names for text in texts):
            yield from (origin for name, origin in self._variables.items() if name in names)

    def _of_references(self, old: Node, new: Node) -> Iterator[Origin]:
        """A reference that means another node now: the YAML that says which (a latest version, a source) is the origin."""
        for reference in {
            *_references(self._base.graph.texts(old.key)),
            *_references(self._head.graph.texts(new.key)),
        }:
            was, now = self._base.meant(reference, old), self._head.meant(reference, new)
            if was is None or (now is not None and was.key == now.key):
                continue
            if was.kind is ModelKind.SOURCE:
                yield from self._of_source(was, now)
            elif now is not None and now.declared is not None and now.declared_in in self._paths:
                yield Origin(
                    kind=OriginKind.DECLARATION, name=now.name, path=now.declared_in, line=now.declared.line
                )

    def _of_name(self, old: Node, new: Node) -> Iterator[Origin]:
        keys = [key for key in NAMING if _own(old).get(key) != _own(new).get(key)]
        if keys:
            return
        yield from self._of_config(old, new, lambda key: key in NAMING)
        wanted = ReferenceScan(names=_NAMING_MACROS)
        macros = (self._base.macros, self._head.macros)
        reached = [scan for each in macros for scan in each.scans(each.reached(wanted))]
        yield from self._of_texts([*reached, wanted])

    def _of_config(self, old: Node, new: Node, concerns: Callable[[str], bool]) -> Iterator[Origin]:
        """Give what changed the settings of a node that its own file does not change."""
        keys = {*old.config, *new.config}
        differ = [key for key in sorted(keys) if concerns(key) and old.config.get(key) != new.config.get(key)]
        differ = [key for key in differ if _own(old).get(key) == _own(new).get(key)]
        if not differ:
            return
        one, other = _declared(old), _declared(new)
        if any(one.get(key) != other.get(key) for key in differ):
            side = new if new.declared is not None else old
            if side.declared is not None and side.declared_in is not None:
                yield Origin(
                    kind=OriginKind.DECLARATION,
                    name=side.name,
                    path=side.declared_in,
                    line=side.declared.line,
                )
            return
        yield from self._of_settings(new, differ)

    def _of_settings(self, node: Node, keys: Collection[str]) -> Iterator[Origin]:
        """Give the edited lines of project files that hold one of these settings for the node."""
        found = [
            origin
            for path, origin in self._settings.items()
            if any(path[:i] == node.fqn[:i] and _bare(path[i]) in keys for i in range(len(path)))
        ]
        yield from found
        if not found:
            yield from self._variables.values()

    def _of_source(self, old: Node | None, new: Node | None) -> Iterator[Origin]:
        side = new or old
        if side is None or side.source is None:
            return
        if not {one.path for one in (old, new) if one is not None} & self._paths:
            yield from self._variables.values()
            return
        moved = old is not None and new is not None and _home(old) != _home(new)
        whole = moved or (old is not None and new is None and not self._has_source(old.source))
        name, line = (side.source, side.source_line) if whole else (f"{side.source}.{side.name}", side.line)
        yield Origin(kind=OriginKind.SOURCE, name=name, path=side.path, line=line)

    def _has_source(self, name: str | None) -> bool:
        return any(
            one.key.split(".")[2] == name
            for one in outlines(self._head.models)
            if one.kind is ModelKind.SOURCE
        )


def _packages_of(variable: str, absent: Collection[str]) -> set[str]:
    """Give the packages that may read a variable: the one that has its name, the one before its colon, or any."""
    scope = variable.partition(":")[0]
    if scope in absent or ":" in variable:
        return {scope} & set(absent)
    return set(absent) - STAND_INS


def _own(node: Node) -> Mapping[str, Plain]:
    return dict(scan(node.text).config) if node.text else {}


def _declared(node: Node) -> Mapping[str, Plain]:
    return dict(node.declared.config) if node.declared is not None else {}


def _home(node: Node) -> tuple[str | None, ...]:
    return node.database, node.schema


def _bare(key: str) -> str:
    return key.lstrip("+").strip().replace("-", "_")


def _references(texts: Iterable[ReferenceScan]) -> set[Reference]:
    return {reference for text in texts for reference in text.references}


def _once(found: Iterable[Origin]) -> tuple[Origin, ...]:
    return tuple({origin.identity: origin for origin in found}.values())


def _version(required: Required | None) -> str | None:
    return required.version if required is not None else None
