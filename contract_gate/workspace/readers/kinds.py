"""The kinds of files that readers are looked for in, each with a module of its own."""

from contract_gate.workspace.readers import (
    consumers,
    cube,
    datacontract,
    expectations,
    grafana,
    keys,
    lightdash,
    meltano,
    metabase,
    notebook,
    pages,
    python,
    r,
    rill,
    shell,
    soda,
    superset,
    tableau,
)
from contract_gate.workspace.readers.lookml import kind as lookml
from contract_gate.workspace.readers.power_bi import kind as power_bi
from contract_gate.workspace.readers.values import ReaderKind

KINDS: tuple[ReaderKind, ...] = (
    consumers.KIND,
    datacontract.KIND,
    expectations.KIND,
    notebook.KIND,
    python.KIND,
    r.KIND,
    pages.KIND,
    shell.KIND,
    soda.KIND,
    lookml.KIND,
    lightdash.KIND,
    cube.KIND,
    metabase.KIND,
    superset.KIND,
    grafana.KIND,
    tableau.KIND,
    power_bi.KIND,
    rill.KIND,
    meltano.KIND,
    keys.KIND,
)
"""Of those that claim a file, the first that finds a reader in it reads it: what holds for any YAML or JSON is the last."""
