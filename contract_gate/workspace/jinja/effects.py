"""What dbt's templates do beside writing: queries, logs, errors. Nothing of it happens here; answers are holes."""

# ruff: noqa: ARG005 - the signatures are dbt's

from collections.abc import Callable

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.macros import MacroReturn
from contract_gate.workspace.jinja.record import ReadOnlyRecord
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError


def effects(rendering: Rendering) -> dict[str, object]:
    """Give the functions that would act, for one rendering."""
    holes = rendering.holes
    results: dict[str, UnknownValue] = {}
    queries: dict[str, str] = {}

    def run_query(sql: object = "", *_args: object, **_kwargs: object) -> object:
        if not rendering.execute:
            return None
        rendering.asks(sql)
        holes.note(HoleKind.QUERY, _UNANSWERED, " ".join(str(sql).split()))
        return UnknownValue(holes, "query_result")

    def statement(
        name: str | None = None, *_args: object, caller: Callable[[], str] | None = None, **_kw: object
    ) -> str:
        asked = caller() if caller else ""
        if caller:
            rendering.asks(asked)
        if name:
            results[str(name)] = UnknownValue(holes, "query_result")
            queries[str(name)] = " ".join(asked.split())
        return ""

    def load_result(name: str) -> object:
        if not rendering.execute:
            return None
        holes.note(HoleKind.QUERY, _UNANSWERED, queries.get(str(name), ""))
        return results.get(str(name), UnknownValue(holes, "query_result"))

    def set_sql_header(config: Callable[..., str], caller: Callable[[], object] | None = None) -> str:
        return config(sql_header=str(caller())) if caller is not None else ""

    return {
        "set_sql_header": set_sql_header,
        "is_incremental": lambda: _is_incremental(rendering),
        "run_query": run_query,
        "statement": statement,
        "load_result": load_result,
        "store_result": lambda *args, **kwargs: "",
        "store_raw_result": lambda *args, **kwargs: "",
    } | _SILENT


_UNANSWERED = "a query is run while the template renders: its answer is not known"


def _is_incremental(rendering: Rendering) -> bool:
    rendering.asked_incremental = True
    kind = rendering.captured.get("materialized") or rendering.config.get("materialized")
    return rendering.incremental and kind == "incremental"


def _return(value: object = None) -> None:
    raise MacroReturn(value)


def _raise(message: object = "", *_args: object, **_kwargs: object) -> None:
    raise RenderingError(f"the template refuses: {message}")


def _nothing(*_args: object, **_kwargs: object) -> str:
    return ""


def _itself(relation: object) -> object:
    return relation


_ERRORS = ("raise_compiler_error", "raise_not_implemented", "raise_fail_fast_error", "raise_contract_error",
           "column_type_missing")  # fmt: skip
_SILENT: dict[str, object] = {
    "should_full_refresh": lambda: False,
    "should_store_failures": lambda: False,
    "load_relation": _itself,
    "load_cached_relation": _itself,
    **dict.fromkeys(("log", "print", "write", "debug", "doc"), _nothing),
    "return": _return,
    "try_or_compiler_error": lambda _message, call, *args, **kwargs: call(*args, **kwargs),
    "validation": ReadOnlyRecord({"any": _itself}),
    "exceptions": ReadOnlyRecord({**dict.fromkeys(_ERRORS, _raise), "warn": _nothing}),
}
