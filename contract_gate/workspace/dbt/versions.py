"""The versions of a dbt model: the files that hold them, and what each declares. https://docs.getdbt.com/docs/mesh/govern/model-versions"""

from collections.abc import Mapping

from contract_gate.workspace.dbt.properties import Declared, DeclaredColumn, DeclaredVersion


def version_files(
    declared: Mapping[tuple[str, str], tuple[str, Declared]],
) -> dict[str, tuple[str, DeclaredVersion | None]]:
    """Give the model, and its version, that a file of each name holds.

    The file of the latest version may go by the model's bare name, unless that is said to be another version's.
    """
    found: dict[str, tuple[str, DeclaredVersion | None]] = {}
    bare: dict[str, tuple[str, DeclaredVersion | None]] = {}
    for (section, name), (_, model) in declared.items():
        for version in model.versions if section == "models" else ():
            stems = (
                [version.defined_in]
                if version.defined_in
                else [f"{name}_v{version.v}", f"{name}.v{version.v}"]
            )
            found |= dict.fromkeys(stems, (name, version))
            if version.v == latest(model) and not version.defined_in:
                bare[name] = (name, version)
    return {**bare, **found}


def columns_of(declared: Declared | None, version: DeclaredVersion | None) -> tuple[DeclaredColumn, ...]:
    """Give the columns that a version of a model declares: the model's, but for what it takes out or says itself."""
    if declared is None:
        return ()
    if version is None:
        return declared.columns
    own = {column.name for column in version.columns}
    left = {*version.excluded, *own}
    included = (
        column
        for column in declared.columns
        if column.name not in left and (version.included is None or column.name in version.included)
    )
    return (*included, *version.columns)


def latest(declared: Declared) -> str:
    """Give the version that a `ref` without one means."""
    if declared.latest:
        return declared.latest
    return max((version.v for version in declared.versions), key=_order)


def _order(version: str) -> tuple[float, str]:
    try:
        return float(version), version
    except ValueError:
        return float("inf"), version
