"""Every endpoint, asked to the letter of the documentation, and understood in each shape that deployments answer in."""

import asyncio
import json

import pytest
from pytest_httpx import HTTPXMock

from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.settings import SecodaSettings
from tests.catalogs.conftest import KEY
from tests.catalogs.secoda.shapes import SHAPES, Shape


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.endpoint}: {shape.name}")
def test_a_shape(httpx_mock: HTTPXMock, settings: SecodaSettings, shape: Shape) -> None:
    """What is sent is what is documented, path, query and body, and what comes is understood."""
    for one in shape.exchanges:
        httpx_mock.add_response(
            status_code=one.status, content=b"" if one.reply is None else json.dumps(one.reply).encode()
        )

    async def asked() -> object:
        async with Secoda(settings) as secoda:
            return await shape.ask(secoda)

    assert asyncio.run(asked()) == shape.found
    sent = httpx_mock.get_requests()
    assert [(seen.method, seen.url.path) for seen in sent] == [
        (one.method, f"/api/v1/{one.path}") for one in shape.exchanges
    ]
    for seen, one in zip(sent, shape.exchanges, strict=True):
        assert dict(seen.url.params) == one.query
        assert (json.loads(seen.content) if seen.content else None) == one.body
        assert seen.headers["authorization"] == f"Bearer {KEY}"
