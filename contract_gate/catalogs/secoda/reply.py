"""What a reply of Secoda's is, before anyone asks what it says: JSON, a web page, a redirect, a wish to wait."""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from contract_gate.core.facts import Json as Json
from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotJson(ValueError):  # noqa: N818 - a state of the body, caught by the transport alone
    """The body is no JSON, or only the start of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply that was read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_empty(self) -> bool:
        return not self.body.strip()

    @property
    def is_page(self) -> bool:
        """Tell whether it is a web page, as a wrong address or a proxy answers with."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == b"<"

    def parse(self) -> Json:
        """Parse the body; raises NotJson, also for JSON nested too deep to be meant. Half a pair of UTF-16 is no character."""
        try:
            return _paired(parse(self.body)) if _HALF.search(self.body) else parse(self.body)
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from None

    def retry_after(self) -> float | None:
        """Give the seconds of Retry-After (RFC 9110, 10.2.3: a number or a date); None without one that is to come."""
        text: str = self.headers.get("retry-after", "").strip()
        try:
            seconds = float(text)
        except ValueError:
            seconds = _until(text)
        return seconds if math.isfinite(seconds) and seconds >= 0 else None

    def redirect_of(self, request: httpx.Request) -> httpx.URL | None:
        """Give where a read goes on: the same scheme, host and port alone, or the key would travel."""
        location = self.headers.get("location")
        if request.method != "GET" or self.status not in REDIRECTS or not location:
            return None
        try:
            target, here = request.url.join(location), request.url
            # A host that stands for no name (`xn--a`) is told when it is read.
            same = (target.scheme, target.host, target.port) == (here.scheme, here.host, here.port)
        except (httpx.InvalidURL, UnicodeError):
            return None
        return target if same and not target.userinfo else None


def _paired(value: Json) -> Json:
    """Write what no text can hold as the sign for it: it could be put into no address, and into no report."""
    written = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return parse(written.decode("utf-16", "replace"))


def _until(date: str) -> float:
    """Give the seconds until a date of HTTP's, NaN when it is none."""
    try:
        due = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return math.nan
    return (due.replace(tzinfo=due.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
