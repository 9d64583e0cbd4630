"""dbt's `config`: called, it is kept; asked, it answers from the YAML's and the file's settings together."""

# ruff: noqa: ARG002 - the signatures are dbt's

from collections.abc import Mapping

from contract_gate.workspace.dbt.settings import ADDED_SETTINGS
from contract_gate.workspace.jinja.plain import plain
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError
from contract_gate.workspace.jinja.wire import Json


class Configuration:
    """The settings of the node that is rendered."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering

    def __call__(self, *args: object, **kwargs: object) -> str:
        given = dict(args[0]) if args and isinstance(args[0], Mapping) else {}
        for key, value in (given | kwargs).items():
            self._rendering.captured[str(key).replace("-", "_")] = plain(value)
        return ""

    def get(self, name: str, default: object = None, validator: object = None) -> object:
        value = self._find(name)
        return default if value is None else value

    def require(self, name: str, validator: object = None) -> object:
        value = self._find(name)
        if value is None:
            raise RenderingError(f"config.require('{name}'): the setting has no value")
        return value

    def meta_get(self, name: str, default: object = None, validator: object = None) -> object:
        meta = self._find("meta")
        return meta.get(name, default) if isinstance(meta, dict) else default

    meta_require = meta_get

    def set(self, name: str, value: object) -> str:
        return self(**{name: value})

    def persist_relation_docs(self) -> bool:
        return False

    persist_column_docs = persist_relation_docs

    def __getitem__(self, name: str) -> object:
        """Read `model.config.materialized`."""
        value = self._find(name)
        if value is None and name != "materialized":
            raise KeyError(name)
        return "view" if value is None else value

    def _find(self, name: str) -> Json:
        captured, below = self._rendering.captured.get(name), self._rendering.config.get(name)
        if captured is None:
            return below
        if name in ADDED_SETTINGS and isinstance(below, list) and isinstance(captured, list):
            return [*below, *(item for item in captured if item not in below)]
        if name == "meta" and isinstance(below, dict) and isinstance(captured, dict):
            return below | captured
        return captured
