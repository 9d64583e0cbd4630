"""Which macro a name means: the package's, the root project's, dbt's own, then any other package's.

Dispatch follows https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch. dbt's own macros and the best known
packages' stand in `crossdb` and `packages`, and give way to a project's and to vendored ones.
"""

from collections.abc import Callable

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja import crossdb, naming, packages
from contract_gate.workspace.jinja.environment import missing_macro
from contract_gate.workspace.jinja.macros import BoundMacro, MacroError, PackageMacros
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError
from contract_gate.workspace.jinja.resolution import STAND_INS

Callable_ = Callable[..., object]
_DBT = "dbt"


class MacroLookup:
    """The macros that one rendering may call."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering
        self._library = rendering.project.library
        self._bound: dict[tuple[str, str], BoundMacro] = {}
        self.names: dict[str, object] = {}

    def find(self, name: str) -> object | None:
        """Give what an unqualified name means: a macro, a package, or None."""
        project = self._rendering.project
        for package in dict.fromkeys((self._rendering.package, project.name)):
            if macro := self._project_macro(package, name):
                return macro
        if name in self._library.packages or name in STAND_INS or name in (_DBT, project.name):
            return PackageMacros(lambda macro: self._in_package(name, macro))
        if builtin := self._builtin(_DBT, name):
            return builtin
        for package in self._library.packages:
            if macro := self._project_macro(package, name):
                return macro
        return None

    def dispatch(self, name: str, namespace: str | None = None, **_others: object) -> object:
        """Give the adapter's variant of a macro."""
        if "." in name and namespace is None:
            namespace, _, name = name.partition(".")
        if found := self._variant(name, namespace):
            return found
        if builtin := self._builtin_function(namespace or _DBT, name):
            return builtin
        return self._missing(f"{namespace}.{name}" if namespace else name)

    def _variant(self, name: str, namespace: str | None) -> object | None:
        prefixes = crossdb.family(self._rendering.project.adapter)
        searched = self._search_order(namespace)
        for packages_ in (
            searched,
            [package for package in self._library.packages if package not in searched],
        ):
            for package in packages_:
                for prefix in prefixes:
                    if macro := self._project_macro(package, f"{prefix}__{name}"):
                        return macro
        return None

    def _search_order(self, namespace: str | None) -> list[str]:
        project = self._rendering.project
        if namespace is None:
            return list(dict.fromkeys((project.name, self._rendering.package)))
        configured = project.dispatch.get(namespace)
        return list(configured or (project.name, namespace))

    def _in_package(self, package: str, name: str) -> object:
        if macro := self._project_macro(package, name):
            return macro
        if builtin := self._builtin(package, name):
            return builtin
        if package == _DBT and name in self.names:
            return self.names[name]
        return self._missing(f"{package}.{name}")

    def _project_macro(self, package: str, name: str) -> BoundMacro | None:
        if not self._library.has(package, name):
            return None
        if (package, name) not in self._bound:
            try:
                template = self._library.template(package, name)
            except MacroError as error:
                raise RenderingError(f"the macro {name} can't be compiled: {error}") from error
            if template is None:
                return None
            self._bound[package, name] = BoundMacro(name, template, self.names, self._misfit)
        return self._bound[package, name]

    def _misfit(self, name: str, told: str) -> None:
        self._rendering.holes.note(HoleKind.CALL, told, name)

    def _builtin(self, package: str, name: str) -> object | None:
        function = self._builtin_function(package, name)
        if function is None or "__" in name:
            return function
        variant = self._variant(name, package)
        return variant or function

    def _builtin_function(self, package: str, name: str) -> Callable_ | None:
        rendering = self._rendering
        if package in (_DBT, rendering.project.name):
            own = naming.function(name, rendering) or crossdb.function(name, rendering.project.adapter)
            return own or packages.function(_DBT, name, rendering)
        return packages.function(package, name, rendering)

    def _missing(self, name: str) -> Callable_:
        holes = self._rendering.holes
        return lambda *args, **kwargs: missing_macro(holes, name, args, kwargs)
