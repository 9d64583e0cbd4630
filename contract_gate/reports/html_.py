"""One HTML page that needs nothing else: the verdict, the findings, a lineage graph, the edited files with their lines marked.

It loads nothing and sends nothing: a policy in the page allows its own style and its two scripts, by their digests, and no
address. Text of the report is escaped where it is HTML, and is data where a script reads it. Without scripts all but the
graph is there. The graph is drawn by Cytoscape.js (MIT, in `page/`, see scripts/vendor_graph.py).
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from contract_gate.compare.changes.change import Change, Witness
from contract_gate.core.printable import printable, printable_lines
from contract_gate.reports import basis, textdiff, view
from contract_gate.reports.graph import DrawnGraph, graph
from contract_gate.reports.names import brief
from contract_gate.reports.prose import parts
from contract_gate.reports.report import FileTexts, Report
from contract_gate.reports.rows import Table, assumption, claim, tables
from contract_gate.reports.verdict import verdict_sentence

READERS = 200
"""How many readers of a finding are listed; the graph and the JSON report have more."""
_SHOWN = 8


def render(report: Report) -> str:
    """Write the page."""
    told = view.entries(brief(report))
    drawn = graph(report, view.entries(report))
    scripts = [library(), _file("page.js")] if drawn.nodes else []
    body = "".join(
        [*_head(report), *_findings(told, report), *_lineage(drawn), *_edited(report), *_run(report)]
    )
    ending = "".join([*_data(drawn), *(f"<script>{script}</script>\n" for script in scripts)])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>contract-gate: {report.verdict.value}</title>\n<style>{_file('page.css')}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#findings">Go to the findings</a>\n<main>\n{body}</main>\n{ending}</body>\n</html>\n'
    )


def library() -> str:
    """Give the source of the library that draws the graph, its licence at the top."""
    return _file("cytoscape.min.js")


def _file(name: str) -> str:
    return files("contract_gate.reports").joinpath("page", name).read_text(encoding="utf-8")


def _policy(scripts: Iterable[str]) -> str:
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    # The graph library sets the styles of its canvas from its script.
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _head(report: Report) -> Iterator[str]:
    yield f"<h1>contract-gate: {_safe(verdict_sentence(report))}</h1>\n"
    yield f'<p class="dim">{_safe(basis.compared(report))} · {_safe(basis.catalog_sentence(report.catalog))}</p>\n'


def _findings(told: Iterable[view.FindingView], report: Report) -> Iterator[str]:
    yield '<section id="findings">\n<h2>Findings</h2>\n'
    if not report.findings:
        yield "<p>Nothing to tell.</p>\n"
    entries = list(told)
    quiet = [entry for entry in entries if entry.is_quiet]
    for entry in entries:
        if not entry.is_quiet:
            yield from _entry(entry)
    approval = view.approval(report)
    if approval is not None:
        yield f"<p><strong>Approve:</strong> {_safe(approval)}</p>\n"
    if quiet:
        yield f"<details><summary>No answer needed: {basis.count(len(quiet), 'edit')}</summary>\n"
        for entry in quiet:
            yield from _entry(entry)
        yield "</details>\n"
    yield "</section>\n"


def _entry(entry: view.FindingView) -> Iterator[str]:
    finding = entry.finding
    spot = view.place(finding.location)
    yield f'<article class="{finding.level}" id="finding-{_safe(finding.fingerprint)}">\n'
    yield f'<h3><span class="level">{finding.level}</span> {_safe(finding.rule)}'
    yield f" · <code>{_safe(spot)}</code>" if spot else ""
    yield f' · <code class="dim">{_safe(finding.fingerprint[: view.DIGITS])}</code></h3>\n'
    yield f"<p>{_safe(entry.headline)}</p>\n"
    if finding.waiver:
        yield f"<p><strong>Waived:</strong> {_safe(finding.waiver)}</p>\n"
    yield from _readers(entry)
    if entry.change and entry.change.witness:
        yield from _witness(entry.change, entry.change.witness)
    if entry.instead:
        yield f"<details><summary>A way out</summary>\n{''.join(_prose(entry.instead))}</details>\n"
    yield "</article>\n"


def _readers(entry: view.FindingView) -> Iterator[str]:
    told = [reader for reader in entry.readers if reader.is_told]
    others = [reader for reader in entry.readers if not reader.is_told]
    shared = view.shared_owner(told)
    yield from _list(view.people_first(told[:_SHOWN]), owner=not shared)
    yield f'<p class="dim">{_safe(shared)}</p>\n' if shared else ""
    if told[_SHOWN:]:
        yield f"<details><summary>{basis.count(len(told) - _SHOWN, 'more reader')}</summary>\n"
        yield from _list(told[_SHOWN:], owner=not shared)
        yield "</details>\n"
    if others:
        yield f"<details><summary>{basis.count(len(others), 'reader')} that change{'s'[: len(others) == 1]}</summary>\n"
        yield from _list(others)
        yield "</details>\n"


def _list(readers: Sequence[view.ReaderView], *, owner: bool = True) -> Iterator[str]:
    if not readers:
        return
    yield "<ul>\n"
    yield from (f"<li>{_reader(reader, owner=owner)}</li>\n" for reader in readers[:READERS])
    if len(readers) > READERS:
        yield f"<li>+{len(readers) - READERS} more: the JSON report has all</li>\n"
    yield "</ul>\n"


def _reader(reader: view.ReaderView, *, owner: bool) -> str:
    name = _safe(reader.title)
    linked = f'<a rel="noreferrer noopener" href="{_safe(reader.link)}">{name}</a>' if reader.link else name
    place = f" · <code>{_safe(reader.place)}</code>" if reader.place and not reader.link else ""
    known = reader.known(owner=owner)
    details = f' <span class="dim">{_safe(", ".join(known))}</span>' if known else ""
    return f"<strong>{linked}</strong> {_safe(reader.outcome)}{place}{details}"


def _witness(change: Change, witness: Witness) -> Iterator[str]:
    needs = f" ({_safe(assumption(witness))})" if witness.assumes else ""
    yield f"<details><summary>Rows that show it</summary>\n<p>{_safe(claim(change, witness))}{needs}:</p>\n"
    for table in tables(witness, change):
        yield from _rows(table)
    yield "</details>\n"


def _rows(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"<p><strong>{_safe(table.title)}</strong>: no rows</p>\n"
        return
    yield f'<div class="wide" tabindex="0"><table>\n<caption>{_safe(table.title)}</caption>\n<thead><tr>'
    yield from (f'<th scope="col">{_safe(column)}</th>' for column in table.columns)
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        yield f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>\n"
    yield "</tbody></table></div>\n"
    if table.rest:
        yield f"<p>{table.rest}</p>\n"


def _prose(text: str) -> Iterator[str]:
    for part in parts(text):
        if part.code:
            yield f'<pre tabindex="0"><code>{escape(part.text)}</code></pre>\n'
        else:
            yield f"<p>{_safe(part.text)}</p>\n"


def _lineage(drawn: DrawnGraph) -> Iterator[str]:
    if not drawn.nodes:
        return
    yield '<section>\n<h2>Whom it reaches</h2>\n<div class="controls">\n'
    yield '<label for="search">Search</label><input type="search" id="search" placeholder="a model, dashboard or column">\n'
    yield '<label for="only">Show</label><select id="only"><option value="all">all</option><option value="breaks">what breaks</option>'
    yield '<option value="unknown">what is not decided</option><option value="people">dashboards and people</option></select>\n'
    yield '<button type="button" id="closer" aria-label="closer">+</button><button type="button" id="farther" aria-label="farther">−</button>'
    yield '<button type="button" id="fit">Fit</button> <span id="matches" class="dim" role="status"></span>\n</div>\n'
    if drawn.left:
        yield f"<p>+{drawn.left} readers have no room here; the JSON report has all.</p>\n"
    yield '<div class="lineage"><div id="canvas" tabindex="0" role="application" '
    yield 'aria-label="Lineage graph: arrow keys move it, plus and minus zoom, n and p go through the nodes; the findings list the same readers."></div>\n'
    yield '<div id="panel" role="region" aria-live="polite" aria-label="The chosen node"><p class="dim">Choose a node: its columns, place, owners and the way to it.</p></div></div>\n'
    yield '<p class="legend dim"><span>◆ edited</span><span>⬢ breaks</span><span>▲ not decided</span><span>● changes</span><span>▬ dashboards and people</span></p>\n'
    yield "</section>\n"


def _data(drawn: DrawnGraph) -> Iterator[str]:
    if drawn.nodes:
        text = json.dumps({"nodes": drawn.nodes, "edges": drawn.edges}, separators=(",", ":"))
        safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("##[", "#\\u0023[")
        yield f'<script type="application/json" id="lineage-data">{safe}</script>\n'


def _edited(report: Report) -> Iterator[str]:
    if not report.texts:
        return
    yield "<section>\n<h2>What was edited</h2>\n"
    for texts in report.texts:
        yield from _file_texts(texts, report)
    yield "</section>\n"


def _file_texts(texts: FileTexts, report: Report) -> Iterator[str]:
    places = [finding.location for finding in report.findings if finding.location]
    marks = {place.line for place in places if place.path == texts.path}
    yield f"<details{' open' if marks else ''}><summary><code>{_safe(texts.path)}</code></summary>\n"
    yield f'<div class="sql" tabindex="0"><table><caption class="skip">Lines of {_safe(texts.path)}</caption><tbody>\n'
    for line in textdiff.lines(texts.before, texts.after, marks):
        kind = {"-": "gone", "+": "new"}.get(line.sign, "same") + (" marked" if line.marked else "")
        numbers = "".join(f'<td class="number">{number or ""}</td>' for number in (line.before, line.after))
        text = escape("".join(printable_lines(line.text)[:1]))
        yield f'<tr class="{kind}">{numbers}<td>{line.sign}</td><td>{text}</td></tr>\n'
    yield "</tbody></table></div></details>\n"


def _run(report: Report) -> Iterator[str]:
    """Say what the verdict rests on."""
    yield "<section>\n<h2>What the verdict rests on</h2>\n<ul>\n"
    yield from (
        f"<li><strong>{label.capitalize()}:</strong> {_safe(text)}</li>\n"
        for label, text in basis.rests_on(report)
    )
    yield "</ul>\n</section>\n"


def _safe(text: str) -> str:
    return escape(printable(text))
