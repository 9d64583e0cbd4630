"""One HTML page that needs nothing else: for an artifact, a mail, or a look in the browser.

No script and no address but the catalog's pages; a policy in the page forbids both. It reads well without colour,
with a keyboard and a screen reader: headings in order, tables with captions and header cells.
"""

from collections.abc import Iterable, Iterator
from html import escape

from contract_gate.changes.change import Change, Witness
from contract_gate.printable import printable
from contract_gate.report import Report
from contract_gate.reports import view
from contract_gate.reports.names import brief
from contract_gate.reports.prose import parts
from contract_gate.reports.rows import Table, claim, tables, unless
from contract_gate.reports.verdict import verdict_sentence

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-left-width: .5rem; border-radius: .4rem; margin: 1rem 0; padding: 0 1rem 1rem; }
.error { border-left-color: #c62828; } .warning { border-left-color: #b26a00; } .note { border-left-color: #1565c0; }
table { border-collapse: collapse; margin: .5rem 0; } caption { text-align: left; font-weight: 600; }
th, td { border: 1px solid var(--line); padding: .2rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; } .rows { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.level { text-transform: uppercase; letter-spacing: .05em; font-weight: 700; } .wide { overflow-x: auto; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """Write the page."""
    title = f"contract-gate: {report.verdict.value}"
    findings = "".join("".join(_entry(entry)) for entry in view.entries(brief(report)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>contract-gate: {_safe(verdict_sentence(report))}</h1>\n"
        f"{findings}{''.join(_run(report))}</main>\n</body>\n</html>\n"
    )


def _entry(entry: view.Entry) -> Iterator[str]:
    finding = entry.finding
    spot = view.place(finding.location)
    yield f'<article class="{finding.level}">\n<h2><span class="level">{finding.level}</span> {_safe(finding.rule)}'
    yield f" · <code>{_safe(spot)}</code></h2>\n" if spot else "</h2>\n"
    yield f"<p>{_safe(entry.headline)}</p>\n"
    if finding.waiver:
        yield f"<p><strong>Waived:</strong> {_safe(finding.waiver)}</p>\n"
    if entry.readers:
        yield from _grid("Readers", ("reader", "what happens", "where", "known"), map(_reader, entry.readers))
    if entry.change and entry.change.witness:
        yield from _witness(entry.change, entry.change.witness)
    if entry.instead:
        yield f"<details><summary>Instead</summary>\n{''.join(_prose(entry.instead))}</details>\n"
    yield "</article>\n"


def _reader(reader: view.Reader) -> tuple[str, ...]:
    place = _safe(reader.place)
    linked = f'<a rel="noreferrer noopener" href="{_safe(reader.link)}">{place}</a>' if reader.link else place
    return _safe(reader.title), _safe(reader.outcome), linked, _safe(", ".join(reader.details))


def _witness(change: Change, witness: Witness) -> Iterator[str]:
    needs = f" ({_safe(unless(witness))})" if witness.assumes else ""
    yield f'<p>{_safe(claim(change, witness))}{needs}:</p>\n<div class="rows">\n'
    for table in tables(witness):
        yield "<div>"
        yield from _rows(table)
        yield "</div>\n"
    yield "</div>\n"


def _rows(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"<p><strong>{_safe(table.title)}</strong>: no rows</p>"
        return
    rows = (tuple(_safe(cell) for cell in row) for row in table.rows)
    yield from _grid(table.title, table.columns, rows)
    if table.more:
        yield f"<p>+{table.more} more rows</p>"


def _grid(caption: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table; the columns are text, the cells are HTML."""
    yield f'<div class="wide"><table>\n<caption>{_safe(caption)}</caption>\n<thead><tr>'
    yield from (f'<th scope="col">{_safe(column)}</th>' for column in columns)
    yield "</tr></thead>\n<tbody>\n"
    yield from (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    yield "</tbody></table></div>\n"


def _prose(text: str) -> Iterator[str]:
    for part in parts(text):
        if part.code:
            yield f'<pre tabindex="0"><code>{escape(part.text)}</code></pre>\n'
        else:
            yield f"<p>{_safe(part.text)}</p>\n"


def _run(report: Report) -> Iterator[str]:
    """Say what the verdict rests on."""
    items = [
        ("Catalog", view.catalog_sentence(report.catalog)),
        *(("Not in the catalog", name) for name in report.catalog.not_in_catalog),
        ("Coverage", view.coverage_sentence(report.coverage)),
        *(("Not analysed", f"{spot}: {reason}") for spot, reason in view.not_analysed(report.coverage)),
        *(("Limits", note) for note in view.limits(report.coverage)),
        ("Compared", f"{report.base} → {report.head}"),
    ]
    yield "<section>\n<h2>What the verdict rests on</h2>\n<ul>\n"
    yield from (f"<li><strong>{label}:</strong> {_safe(text)}</li>\n" for label, text in items)
    yield "</ul>\n</section>\n"


def _safe(text: str) -> str:
    return escape(printable(text))
