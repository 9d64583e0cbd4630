"""The project's macros: found by name, compiled when first called, bound to the rendering that calls them."""

from collections.abc import Callable, Iterator, Mapping

from jinja2 import Template, TemplateSyntaxError, nodes

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dbt.references import definitions
from contract_gate.workspace.jinja.environment import MACRO_PREFIX, Environment
from contract_gate.workspace.jinja.tracing import Writer

Macro = Callable[..., object]


class MacroReturn(BaseException):
    """Carry the value of `return(value)` out of a macro."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class MacroError(Exception):
    """Say that a macro's file can't be compiled."""


@dataclass
class _File:
    package: str
    path: str
    text: str
    templates: dict[str, Template] = field(default_factory=dict)
    error: str | None = None
    is_parsed: bool = False


class Library:
    """All macros of a project and its packages: package → name → file."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._files: dict[str, dict[str, _File]] = {}
        self._twins: dict[tuple[str, str], str] = {}

    @property
    def packages(self) -> tuple[str, ...]:
        return tuple(self._files)

    def add_package(self, package: str) -> None:
        self._files.setdefault(package, {})

    def add(self, package: str, path: str, text: str, names: list[str]) -> None:
        """Put a file that defines these macros into the library. Of two files with one name in a package dbt refuses both."""
        file = _File(package=package, path=path, text=text)
        for name in names:
            other = self._files.get(package, {}).get(name)
            if other is not None and other.path != path:
                self._twins[package, name] = f"{other.path} and {path} both define it, and dbt refuses that"
        self._files.setdefault(package, {}).update(dict.fromkeys(names, file))

    def has(self, package: str, name: str) -> bool:
        return name in self._files.get(package, {})

    def template(self, package: str, name: str) -> Template | None:
        """Give the compiled macro, None where the package has none. Raises MacroError."""
        file = self._files.get(package, {}).get(name)
        if file is None:
            return None
        if (package, name) in self._twins:
            raise MacroError(self._twins[package, name])
        if not file.is_parsed:
            self._compile(file)
        template = file.templates.get(name)
        if template is None and file.error:
            raise MacroError(file.error)
        return template

    def _compile(self, file: _File) -> None:
        file.is_parsed = True
        try:
            self._keep(file, file.text)
        except (TemplateSyntaxError, RecursionError):
            # dbt reads macro blocks alone and never what stands between them.
            for part in _blocks(file.text):
                self._compile_block(file, part)

    def _compile_block(self, file: _File, part: str) -> None:
        try:
            self._keep(file, part)
        except (TemplateSyntaxError, RecursionError) as error:
            file.error = f"{file.path}:{getattr(error, 'lineno', 1)}: {error}"

    def _keep(self, file: _File, text: str) -> None:
        for macro in self._environment.macros_of(text):
            name = macro.name
            # dbt's prefix, for its reason: Jinja exports no name that starts with an underscore.
            macro.name = MACRO_PREFIX + name
            module = nodes.Template([macro], lineno=macro.lineno)
            module.set_environment(self._environment)
            code = self._environment.compile(module, filename=file.path)
            globals_ = self._environment.make_globals(None)
            file.templates[name] = Template.from_code(self._environment, code, globals_)


def _blocks(text: str) -> Iterator[str]:
    """Give each macro's text alone, after as many empty lines as stand before it."""
    for definition in definitions(text):
        yield "\n" * (definition.line - 1) + definition.text


class BoundMacro(Writer):
    """A macro with the names of the rendering that calls it; `on_misfit` is told its name and why Jinja refuses a call's arguments."""

    def __init__(
        self, name: str, template: Template, names: dict[str, object], on_misfit: Callable[[str, str], None]
    ) -> None:
        self.name, self._on_misfit = name, on_misfit
        module = template.make_module(names, shared=True)
        self._macro: Macro = getattr(module, MACRO_PREFIX + name)

    def __call__(self, *args: object, **kwargs: object) -> object:
        try:
            return self._macro(*args, **kwargs)
        except MacroReturn as returned:
            return returned.value
        except TypeError as error:
            words = str(error).removeprefix(f"macro {MACRO_PREFIX + self.name!r} ")
            if words != str(error):
                self._on_misfit(self.name, f"the macro `{self.name}` {words}")
            raise


class RenderingNames(dict[str, object]):
    """The names of one rendering: the context's own, then macros, found when first used."""

    def __init__(self, own: Mapping[str, object], find: Callable[[str], object | None]) -> None:
        super().__init__(own)
        self._find = find

    def __contains__(self, key: object) -> bool:
        if super().__contains__(key):
            return True
        found = self._find(key) if isinstance(key, str) else None
        if found is None:
            return False
        self[str(key)] = found
        return True

    def get(self, key: str, default: object = None) -> object:
        return self[key] if key in self else default  # noqa: SIM401 - dict's own get would not look for macros


class PackageMacros(Mapping[str, object]):
    """What `package.macro` reads: items, so that names with an underscore in front work as in dbt."""

    def __init__(self, find: Callable[[str], object]) -> None:
        self._find = find

    def __getitem__(self, name: str) -> object:
        return self._find(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
