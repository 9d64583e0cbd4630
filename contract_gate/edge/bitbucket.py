"""Sends a report to Bitbucket's Code Insights from one of its pipelines, whose proxy signs for the job: no token is needed.

https://support.atlassian.com/bitbucket-cloud/docs/code-insights/#Authentication
"""

from collections.abc import Mapping

import httpx

from contract_gate.core.errors import UsageError
from contract_gate.core.json_fields import parse
from contract_gate.edge.waiting import in_time

PROXY = "http://localhost:29418"
"""Where a step of a pipeline finds it; inside of a container of its own it is at host.docker.internal (PROXY_VARIABLE)."""
PROXY_VARIABLE = "CONTRACT_GATE_BITBUCKET_PROXY"
ADDRESS = "http://api.bitbucket.org/2.0/repositories"
"""Without TLS: it goes to the proxy of the pipeline alone, which adds the signature and the TLS."""
SECONDS = 20
ALL_SECONDS = 60
"""For all that is sent."""
_AT_ONCE = 100
"""The most annotations of a request."""


def publish(text: str, environment: Mapping[str, str], *, client: httpx.Client | None = None) -> str:
    """Write the report of the pipeline's commit anew, and say what was done. UsageError off Bitbucket's pipelines, or for another file."""
    repository, commit = (environment.get(f"BITBUCKET_{name}", "") for name in ("REPO_FULL_NAME", "COMMIT"))
    if not repository or not commit:
        raise UsageError(
            "nothing was published: this is no pipeline of Bitbucket",
            "it tells BITBUCKET_REPO_FULL_NAME and BITBUCKET_COMMIT",
        )
    report, annotations = _read(text)
    url = f"{ADDRESS}/{repository}/commit/{commit}/reports/contract-gate"
    try:
        with client or httpx.Client(proxy=environment.get(PROXY_VARIABLE) or PROXY, timeout=SECONDS) as http:
            last = in_time(ALL_SECONDS, lambda: _sent(http, url, report, annotations))
    except TimeoutError:
        return f"the report was not published in full: Bitbucket did not answer within {ALL_SECONDS} s"
    except httpx.HTTPError as error:
        return f"no report was published: Bitbucket did not answer ({type(error).__name__})"
    if not last.is_success:
        return f"the report was not published in full: Bitbucket answered {last.status_code}"
    return f"published a report with {len(annotations)} annotation{'' if len(annotations) == 1 else 's'}"


def _sent(
    http: httpx.Client, url: str, report: dict[str, object], annotations: list[object]
) -> httpx.Response:
    """Send all of it, up to the first refusal; give the last answer."""
    # What an earlier run of this commit annotated is not replaced by itself.
    http.delete(url)
    answer = http.put(url, json=report)
    for start in range(0, len(annotations), _AT_ONCE):
        if not answer.is_success:
            break
        answer = http.post(f"{url}/annotations", json=annotations[start : start + _AT_ONCE])
    return answer


def _read(text: str) -> tuple[dict[str, object], list[object]]:
    try:
        value: object = parse(text)
    except ValueError:
        value = None
    report, annotations = (
        (value.get("report"), value.get("annotations")) if isinstance(value, dict) else (None, None)
    )
    if not isinstance(report, dict) or not isinstance(annotations, list):
        raise UsageError(
            "nothing was published: the file is no report for Bitbucket",
            "`contract-gate check --format bitbucket=FILE` writes one",
        )
    return report, annotations
