"""Load on the catalog: many changed relations against a catalog with latency. `python bench/catalog_load.py [--sync [--first]] [SIZE…]`.

Each size is so many tables of ten columns, one of which is lost and read by a dashboard; the SQL of each is previewed. Runs have a
clock of their own, which jumps to when the next thing is due: the time told is what latency, waits and limits make it, and the bound beside
it is the longest chain of requests (what a pull request of one table takes) and all requests, so many at once as are allowed.

`--sync`: after the merge, the lineage of each table is written. `--first`: into a catalog without any lineage.
Beside it stand the two bounds (writes at the limit; requests at the latency, as many at once as allowed) and the CPU that it took.
"""

import argparse
import asyncio
import json
import selectors
import time
from collections.abc import Mapping
from dataclasses import replace

import httpx

from contract_gate.app.sync.sync import deadline_for, sync
from contract_gate.app.sync.values import Outcome, SyncModel, SyncReport
from contract_gate.catalogs.catalog import Answer, Downstream, Question, Text
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.downstream import SecodaCatalog
from contract_gate.catalogs.secoda.key import ApiKey
from contract_gate.catalogs.secoda.settings import Limits, SecodaSettings
from contract_gate.core.relation import RelationName
from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.switches import Switches

LATENCY = 0.1
COLUMNS = 10
KEY = "emulator-admin"


def seed(size: int, *, is_linked: bool = True) -> str:
    """Write a catalog of wide tables, each with a dashboard that reads its last column, where it `is_linked`."""
    columns = [f"c{number}" for number in range(COLUMNS)]
    tables = [{"name": f"t{number}", "columns": columns} for number in range(size)]
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": KEY}],
            "integrations": [{"name": "one", "type": "postgres"}],
            "databases": [{"name": "db", "integration": "one", "schemas": [{"name": "s", "tables": tables}]}],
            "dashboards": [{"name": f"of t{number}"} for number in range(size)],
            "lineage": [
                {"from": f"db.s.t{number}.{columns[-1]}", "to": f"dashboard:of t{number}"}
                for number in range(size if is_linked else 0)
            ],
        }
    )


class Far(httpx.AsyncBaseTransport):
    """A server that is some way off, and counts what it is asked."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self._server = server
        self.requests = self.writes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        self.writes += request.method in ("POST", "PUT", "PATCH")
        await asyncio.sleep(LATENCY)
        return await self._server.handle_async_request(request)


def measure(size: int, chain: float) -> str:
    """Ask about every table once and give one line of the table. `chain` is what the longest chain of requests takes."""
    server, took, cpu, answers, status = asked(size)
    found = sum(len(answer.reached) for answer in answers.values() if isinstance(answer, Downstream))
    bound = chain + server.requests * LATENCY / Limits().concurrency
    return f"| {size:,} | {server.requests:,} | {bound:.1f} | {took:.1f} | {took / bound:.2f} | {cpu:.1f} | {found:,} of {size:,} | {status} |"


def asked(size: int) -> tuple[Far, float, float, Mapping[RelationName, Answer], str]:
    """Ask about every table once: the server, the time on the run's clock, the CPU, the answers and the state."""
    server = Far(httpx.ASGITransport(create_app(store_from_json(seed(size)))))
    settings = SecodaSettings(url="http://127.0.0.1:9/api/v1", key=ApiKey(KEY), limits=Limits())
    loop = JumpingLoop()
    catalog = SecodaCatalog(settings, server=server, clock=loop.time)
    names = [RelationName(("db", "s", f"t{number}")) for number in range(size)]
    columns = ", ".join(f"s.c{number}" for number in range(COLUMNS - 1))
    questions = [
        Question(
            relation=name,
            columns=(f"c{COLUMNS - 1}",),
            text=Text(sql=f"create view {name} as select {columns} from {names[0]} s", dialect="postgres"),
        )
        for name in names
    ]
    started = time.process_time()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        answers = runner.run(catalog.downstream(questions))
        took = loop.time()
    return server, took, time.process_time() - started, answers, catalog.state().status.value


class JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: where the loop would sleep, its clock goes on instead. For a loop without sockets."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.now += timeout
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the selector's."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def synced(size: int, *, is_first: bool = False) -> str:
    """Bring the lineage of so many tables in step, each read from one other, and give one line of the table."""
    store = store_from_json(seed(size + 1, is_linked=not is_first))
    loop = JumpingLoop()
    control = Control(Switches(), clock=loop.time)
    server = Far(httpx.ASGITransport(create_app(store, control=control)))
    limits = replace(Limits(), deadline=deadline_for(size, Limits().writes_per_minute))
    settings = SecodaSettings(url="http://127.0.0.1:9/api/v1", key=ApiKey(KEY), limits=limits)
    source = RelationName(("db", "s", f"t{size}"))
    models = [
        SyncModel(
            relation=RelationName(("db", "s", f"t{number}")),
            path=f"t{number}.sql",
            dialect="postgres",
            sql=f"insert into db.s.t{number} (c0) select s.c0 from {source} s",
            sources=(source,),
        )
        for number in range(size)
    ]

    async def run() -> SyncReport:
        async with Secoda(settings, server=server, clock=loop.time) as client:
            return await sync(models, client, dry_run=False)

    started = time.process_time()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        report = runner.run(run())
        took = loop.time()
    cpu = time.process_time() - started
    writes = server.writes
    done = sum(one.outcome is Outcome.WRITTEN for one in report.entries)
    at_limit = max(writes - 1, 0) // limits.writes_per_minute * 60  # the 26th may go 60 s after the first
    at_latency = server.requests * LATENCY / limits.concurrency
    return f"| {size:,} | {server.requests:,} | {writes:,} | {at_limit:,.0f} | {at_latency:,.0f} | {took:,.0f} | {cpu:.1f} | {done:,} of {size:,} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 500])
    parser.add_argument(
        "--sync", action="store_true", help="write the lineage of the tables, on a clock of its own"
    )
    parser.add_argument("--first", action="store_true", help="with --sync: the catalog has no lineage yet")
    arguments = parser.parse_args()
    print(f"latency {LATENCY * 1000:.0f} ms, {Limits().concurrency} requests at once", end="")
    if arguments.sync:
        print(f", {Limits().writes_per_minute} writes a minute\n")
        print(
            "| models | requests | writes | bound by writes, s | bound by latency, s | time, s | CPU, s | written |"
        )
        print("|---|---|---|---|---|---|---|---|")
    else:
        print(f", deadline {Limits().deadline:.0f} s\n")
        print(
            "| changed relations | requests | bound, s | time, s | of the bound | CPU, s | dashboards | status |\n|---|---|---|---|---|---|---|---|"
        )
    chain = 0.0 if arguments.sync else asked(1)[1]
    for size in arguments.sizes:
        line = synced(size, is_first=arguments.first) if arguments.sync else measure(size, chain)
        print(line, flush=True)


if __name__ == "__main__":
    main()
