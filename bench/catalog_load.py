"""Load on the catalog: many changed relations against a catalog with latency. `python bench/catalog_load.py [SIZE…]`.

Each size is so many tables of ten columns, one of which is lost and read by a dashboard. Told are the requests, the wall time
beside what latency and concurrency alone would take, and how many dashboards were found within the deadline. The emulator
answers in the same process, so its own time is in the wall time.
"""

import argparse
import asyncio
import json
import time

import httpx

from contract_gate.catalogs.catalog import Downstream, Question
from contract_gate.catalogs.secoda.downstream import SecodaCatalog
from contract_gate.catalogs.secoda.key import ApiKey
from contract_gate.catalogs.secoda.settings import Limits, SecodaSettings
from contract_gate.core.relation import RelationName
from contract_gate.emulator.app import create_app
from contract_gate.emulator.seed import store_from_json

LATENCY = 0.1
COLUMNS = 10
KEY = "emulator-admin"


def seed(size: int) -> str:
    """Write a catalog of wide tables, each with a dashboard that reads its last column."""
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
                for number in range(size)
            ],
        }
    )


class Far(httpx.AsyncBaseTransport):
    """A server that is some way off, and counts what it is asked."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self._server = server
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await asyncio.sleep(LATENCY)
        return await self._server.handle_async_request(request)


def measure(size: int) -> str:
    """Ask about every table once and give one line of the table."""
    server = Far(httpx.ASGITransport(create_app(store_from_json(seed(size)))))
    limits = Limits()
    settings = SecodaSettings(url="http://127.0.0.1:9/api/v1", key=ApiKey(KEY), limits=limits)
    catalog = SecodaCatalog(settings, server=server)
    questions = [
        Question(relation=RelationName(("db", "s", f"t{number}")), columns=(f"c{COLUMNS - 1}",))
        for number in range(size)
    ]
    started = time.monotonic()
    answers = asyncio.run(catalog.downstream(questions))
    wall = time.monotonic() - started
    found = sum(len(answer.reached) for answer in answers.values() if isinstance(answer, Downstream))
    bound = server.requests * LATENCY / limits.concurrency
    status = catalog.state().status.value
    return f"| {size:,} | {server.requests:,} | {bound:.1f} | {wall:.1f} | {found:,} of {size:,} | {status} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 500])
    print(
        f"latency {LATENCY * 1000:.0f} ms, {Limits().concurrency} requests at once, deadline {Limits().deadline:.0f} s\n"
    )
    print(
        "| changed relations | requests | bound, s | wall, s | dashboards | status |\n|---|---|---|---|---|---|"
    )
    for size in parser.parse_args().sizes:
        print(measure(size), flush=True)


if __name__ == "__main__":
    main()
