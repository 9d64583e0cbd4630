"""`sync` killed at random points and run again: `python bench/sync_kills.py [--points N] [--seed S] [--processes N]`.

A catalog whose lineage is stale is brought in step: tables to write, one renamed, one removed, rows that people made among
them. Each point kills a run at one request, before the server saw it or before the reply came, as often as the seed says, and
takes it up until a run comes to its end. The catalog must then be what an undisturbed run makes of it, no table may have been
written twice, and what people made must be as it was. `--processes` kills the real command line besides, by SIGKILL.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from contract_gate.app.sync.state import SyncState
from contract_gate.app.sync.sync import sync
from contract_gate.app.sync.values import Former, SyncEntry, SyncModel, SyncReport
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.key import ApiKey
from contract_gate.catalogs.secoda.settings import Limits, SecodaSettings
from contract_gate.core.relation import RelationName
from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import running
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import Switches

KEY = "emulator-admin"
WRITTEN = 6
RANGE = "base..head"
OLD, REMOVED = "db.s.old", "db.s.gone"


class KilledError(BaseException):
    """Ends a run as a signal does: nothing that the program does in an `except` may catch it."""


def seed() -> str:
    """Write the catalog: every table reads `src` where it should read `raw`, and people made some rows."""
    names = ["src", "raw", "old", "gone", *(f"t{number}" for number in range(WRITTEN))]
    tables = [{"name": name, "columns": ["a", "b"]} for name in names]
    stale = [name for name in names if name not in ("src", "raw", "t0")]
    lineage: list[dict[str, object]] = []
    for name in stale:
        lineage.append({"from": "db.s.src", "to": f"db.s.{name}"})
        lineage.append({"from": "db.s.src.a", "to": f"db.s.{name}.a"})
    for name in ("t1", "gone", "old"):
        lineage.append({"from": "db.s.raw.b", "to": f"db.s.{name}.b", "manual": True})
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": KEY}],
            "databases": [{"name": "db", "schemas": [{"name": "s", "tables": tables}]}],
            "lineage": lineage,
        }
    )


def models() -> tuple[SyncModel, ...]:
    """Give what is synced: the tables read `raw`, the first was called `old`, and `gone` is made no longer."""
    found = [
        SyncModel(
            relation=_name(f"db.s.t{number}"),
            path=f"t{number}.sql",
            dialect="postgres",
            sql=f"insert into db.s.t{number} (a, b) select r.a, r.b from db.s.raw r",
            sources=(_name("db.s.raw"),),
            replaces=(Former(relation=_name(OLD), asked=_name(OLD)),) if number == 0 else (),
        )
        for number in range(WRITTEN)
    ]
    gone = SyncModel(relation=_name(REMOVED), path="gone.sql", dialect="postgres", removed=True)
    return (*found, gone)


def _name(text: str) -> RelationName:
    return RelationName(tuple(text.split(".")))


class Mortal(httpx.AsyncBaseTransport):
    """Hands requests on until it is time: then the run is dead, before the server saw the request or after."""

    def __init__(self, server: httpx.AsyncBaseTransport, dies_at: int | None, *, sees_last: bool) -> None:
        self._server, self._dies_at, self._sees_last = server, dies_at, sees_last
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        is_last = self._dies_at is not None and self.requests >= self._dies_at
        if is_last and not self._sees_last:
            raise KilledError
        reply = await self._server.handle_async_request(request)
        if is_last:
            raise KilledError
        return reply


@dataclass
class Workplace:
    """A catalog that is brought in step by one run or several; `state` is what they leave each other."""

    switches: Switches = field(default_factory=Switches)
    now: float = 0.0
    state: SyncState = field(default_factory=SyncState)

    def __post_init__(self) -> None:
        self.store = store_from_json(seed())
        self.control = Control(self.switches, clock=lambda: self.now)
        self.server: httpx.AsyncBaseTransport = httpx.ASGITransport(
            create_app(self.store, control=self.control)
        )
        self.by_hand = edges(self.store, by_hand=True)

    async def _pause(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def run(self, server: httpx.AsyncBaseTransport | None = None) -> SyncReport:
        """Run once, as the state says what is done already."""
        limits = Limits(deadline=100_000.0)
        settings = SecodaSettings(url="http://127.0.0.1:9/api/v1", key=ApiKey(KEY), limits=limits)
        done = self.state.settled(RANGE)

        def note(entries: Sequence[SyncEntry]) -> None:
            self.state = self.state.noted(RANGE, entries)

        left = [model for model in models() if model.relation not in done]
        way = server or self.server
        async with Secoda(settings, server=way, clock=lambda: self.now, sleep=self._pause) as client:
            return await sync(left, client, dry_run=False, pause=self._pause, told=note)

    def writes(self) -> Counter[str]:
        """Count the writes that reached the server, by what they are about."""
        asked = [seen for seen in self.control.requests if seen.method != "GET"]
        return Counter(f"{seen.method} {seen.path}" for seen in asked)


def edges(store: Store, *, by_hand: bool | None = None) -> frozenset[tuple[str, str]]:
    """Give the lineage by names; of what people made, or of what they did not."""
    name = {entity.id: ".".join(entity.path) for entity in store.entities.values()}
    rows = (row for row in store.lineage() if row.direction == "DOWNSTREAM")
    return frozenset(
        (name[r.from_id], name[r.to_id]) for r in rows if by_hand is None or r.is_manual is by_hand
    )


def wanted() -> frozenset[tuple[str, str]]:
    """Give the lineage that the catalog should show, written down apart from what `sync` does."""
    found = {("db.s.raw", f"db.s.t{number}") for number in range(WRITTEN)}
    found |= {(f"db.s.raw.{column}", f"db.s.t{n}.{column}") for n in range(WRITTEN) for column in "ab"}
    # `old` and `gone` keep what people made.
    return frozenset(found | {("db.s.raw.b", "db.s.old.b"), ("db.s.raw.b", "db.s.gone.b")})


def kill(random_: random.Random, requests: int) -> Workplace:
    """Kill a run at a point, and those that take it up at others, until one comes to its end."""
    place = Workplace()
    for _ in range(random_.choice((1, 1, 2, 4))):
        server = Mortal(place.server, random_.randrange(1, requests + 1), sees_last=random_.random() < 0.5)
        try:
            asyncio.run(place.run(server))
        except KilledError:
            continue
    report = asyncio.run(place.run())
    if not report.is_complete:
        raise AssertionError(report)
    return place


def faults(place: Workplace) -> list[str]:
    """Say what is wrong after a run that came to its end."""
    found = [] if edges(place.store) == wanted() else [f"lineage: {edges(place.store) ^ wanted()}"]
    if edges(place.store, by_hand=True) != place.by_hand:
        found.append("what people made was touched")
    patches = place.writes()["PATCH lineage/lineage_from_query/"]
    # A request that the server never saw is not among them.
    if patches != WRITTEN:
        found.append(f"{patches} writes for {WRITTEN} tables")
    return found


def kill_processes(count: int, random_: random.Random) -> list[str]:
    """Kill the real command line by SIGKILL, take it up with its state file, and say what is wrong."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        repository = _repository(Path(directory))
        longest = _timed(repository, "warm-up")
        for number in range(count):
            with running(store_from_json(seed()), Switches(delay=0.02)) as server:
                by_hand = edges(server.store, by_hand=True)
                environment = _environment(server.url)
                state = repository.parent / f"state-{number}.json"
                with _started(repository, environment, state) as process:
                    time.sleep(random_.uniform(0.2, longest))
                    process.send_signal(signal.SIGKILL)
                with _started(repository, environment, state) as process:
                    out, _ = process.communicate()
                asked = [seen.method for seen in server.control.requests]
                if process.returncode != 0 or edges(server.store) != wanted():
                    found.append(f"run {number}: {process.returncode} {out.decode()[-300:]}")
                if edges(server.store, by_hand=True) != by_hand or asked.count("PATCH") != WRITTEN:
                    found.append(f"run {number}: {asked.count('PATCH')} writes, or rows of people touched")
    return found


def _timed(repository: Path, name: str) -> float:
    with running(store_from_json(seed()), Switches(delay=0.02)) as server:
        begun = time.monotonic()
        with _started(repository, _environment(server.url), repository.parent / f"{name}.json") as process:
            process.communicate()
        return time.monotonic() - begun


def _environment(url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "SECODA_API_KEY": KEY, "SECODA_API_URL": url, "GIT_CONFIG_NOSYSTEM": "1"}


def _started(repository: Path, environment: Mapping[str, str], state: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "contract_gate", "sync", "--before", "HEAD^", f"--state={state}"]
    return subprocess.Popen(
        command, cwd=repository, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _repository(directory: Path) -> Path:
    """Commit the models as they were and as they are."""
    repository = directory / "repository"
    repository.mkdir()
    body = "select r.a, r.b from db.s.raw r;\n"
    old = {
        f"t{n}.sql": f"create table db.s.{'old' if n == 0 else f't{n}'} as {body}".replace("raw", "src")
        for n in range(WRITTEN)
    }
    old["gone.sql"] = "create table db.s.gone as select s.a, s.b, 1 as c from db.s.src s;\n"
    new = {f"t{n}.sql": f"create table db.s.t{n} as {body}" for n in range(WRITTEN)}
    _git(repository, "init", "-q", "-b", "main")
    (repository / "contract-gate.toml").write_text('dialect = "postgres"\n')
    for files in (old, new):
        for name, text in files.items():
            (repository / name).write_text(text)
        if files is new:
            (repository / "gone.sql").unlink()
        _git(repository, "add", "-A")
        _git(repository, "commit", "-q", "-m", "models")
    return repository


def _git(repository: Path, *arguments: str) -> None:
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=repository, check=True)


def requests_of_a_run() -> int:
    """Count the requests of a run that nobody disturbs: the points that there are to kill at."""
    place = Workplace()
    asyncio.run(place.run())
    return len(place.control.requests)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=0)
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    requests = requests_of_a_run()
    wrong = [fault for _ in range(options.points) for fault in faults(kill(random_, requests))]
    print(f"{options.points} points of {requests} requests, seed {options.seed}: {len(wrong)} wrong")
    if options.processes:
        killed = kill_processes(options.processes, random_)
        print(f"{options.processes} processes killed: {len(killed)} wrong")
        wrong += killed
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
