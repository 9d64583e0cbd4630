"""The emulator on a real socket: start and stop, late and cut-off replies."""

import socket

import httpx
import pytest

from contract_gate.core.errors import UsageError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.server import bound, running
from contract_gate.emulator.switches import Switches

KEY = {"Authorization": "Bearer emulator-admin"}


@pytest.fixture
def server(shop):
    with running(shop) as running_server:
        yield running_server


def test_it_answers_at_its_url_and_stops(shop):
    """The url answers while the block lasts, and refuses after it."""
    with running(shop) as server:
        assert httpx.get(f"{server.url}/healthcheck").json() == {"status": "OK"}
        assert httpx.get(f"{server.url}/api/v1/user/", headers=KEY).json()["count"] == 5
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthcheck")


def test_two_run_side_by_side(shop, server):
    """Two emulators take two ports and keep their switches apart."""
    with running(shop, Switches(count_sentinel=True)) as other:
        counts = [
            httpx.get(f"{one.url}/table/tables/", headers=KEY).json()["count"] for one in (server, other)
        ]
    assert counts == [10, 999_999]


def test_a_reply_can_be_cut_off(server):
    """Half of the body comes, then the connection ends; the next request works."""
    server.control.inject(Fault(kind=FaultKind.CUT, times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{server.url}/table/tables/", headers=KEY)
    assert httpx.get(f"{server.url}/table/tables/", headers=KEY).status_code == 200


def test_a_reply_can_be_late(server):
    """A client that waits less than the reply takes gets a time-out."""
    server.control.inject(Fault(kind=FaultKind.SLOW, times=1, seconds=1.0))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{server.url}/table/tables/", headers=KEY, timeout=0.2)
    server.control.switches = Switches(delay=1.0)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{server.url}/table/tables/", headers=KEY, timeout=0.2)


def test_the_switch_decides_on_long_requests_and_not_the_server(server):
    """A request line of 60 KB reaches the emulator, which answers 414."""
    query = {"sql": "select " + "x" * 60_000, "dialect": "postgresql"}
    answer = httpx.get(f"{server.url}/lineage/lineage_from_query/", params=query, headers=KEY)
    assert answer.status_code == 414


def test_a_taken_port_is_a_usage_error():
    """A port that another process listens on is told with a way out."""
    with bound(0) as taken, pytest.raises(UsageError, match=str(taken.getsockname()[1])):
        bound(taken.getsockname()[1])


def test_it_listens_on_loopback_only(shop):
    """The socket is bound to 127.0.0.1."""
    with bound(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family is socket.AF_INET
