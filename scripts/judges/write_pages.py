"""Write the reports that the tests look at as HTML and SARIF, for other people's tools: `write_pages.py FOLDER`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from contract_gate.reports import render
from tests.reports.conftest import crowded, empty, hostile, rich

folder = Path(sys.argv[1])
folder.mkdir()
REPORTS = {
    "rich": rich(), "empty": empty(), "hostile": hostile(), "one": crowded(1, 2), "thirty": crowded(30, 3),
    "thousands": crowded(3_000, 1), "graph": crowded(50, 40),
}  # fmt: skip
for name, report in REPORTS.items():
    for ending in ("html", "sarif"):
        folder.joinpath(f"{name}.{ending}").write_text(render(ending, report), encoding="utf-8")
