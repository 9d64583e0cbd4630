"""The report in Code Insights, against Bitbucket's REST API as documented."""

import json
from typing import Any

import httpx
import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge import bitbucket
from contract_gate.edge.bitbucket import ADDRESS, publish
from tests.host import answering, endless

GIVEN = {"BITBUCKET_REPO_FULL_NAME": "shop/models", "BITBUCKET_COMMIT": "0123abc"}
AT = f"{ADDRESS}/shop/models/commit/0123abc/reports/contract-gate"


def page(annotations: int) -> str:
    return json.dumps(
        {"report": {"title": "t"}, "annotations": [{"external_id": str(n)} for n in range(annotations)]}
    )


def test_annotations_go_a_hundred_at_a_time(httpx_mock: Any) -> None:
    """Bitbucket refuses more in one request; what an earlier run left is taken away first."""
    httpx_mock.add_response(method="DELETE", url=AT, status_code=404)
    httpx_mock.add_response(method="PUT", url=AT, json={})
    httpx_mock.add_response(method="POST", url=f"{AT}/annotations", json=[], is_reusable=True)
    assert publish(page(250), GIVEN) == "published a report with 250 annotations"
    sent = [len(json.loads(one.content)) for one in httpx_mock.get_requests() if one.method == "POST"]
    assert sent == [100, 100, 50]


def test_what_bitbucket_refuses_is_said(httpx_mock: Any) -> None:
    """Nothing is sent after a refusal."""
    httpx_mock.add_response(method="DELETE", url=AT, status_code=404)
    httpx_mock.add_response(method="PUT", url=AT, status_code=403)
    assert publish(page(1), GIVEN) == "the report was not published in full: Bitbucket answered 403"


def test_a_proxy_that_is_not_there_is_said(httpx_mock: Any) -> None:
    """Outside of a pipeline nobody signs."""
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    assert publish(page(1), GIVEN) == "no report was published: Bitbucket did not answer (ConnectError)"


@pytest.mark.parametrize("text", ["# a page", "[]", "[" * 100_000, '{"report": {}}'])
def test_another_file_is_a_usage_error(text: str) -> None:
    """The hint names the format."""
    with pytest.raises(UsageError, match="no report for Bitbucket"):
        publish(text, GIVEN)


def test_off_a_pipeline_it_is_a_usage_error() -> None:
    """No commit is made up."""
    with pytest.raises(UsageError, match="no pipeline of Bitbucket"):
        publish(page(1), {})


def test_headers_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent ends in time, however little by little the proxy answers."""
    monkeypatch.setattr(bitbucket, "ALL_SECONDS", 0.5)
    with answering(lambda method, path: endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")) as host:
        said = publish(page(1), {**GIVEN, bitbucket.PROXY_VARIABLE: host.url})
    assert said == "the report was not published in full: Bitbucket did not answer within 0.5 s"
