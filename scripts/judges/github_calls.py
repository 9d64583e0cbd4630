"""Hold what we ask of GitHub, and the fake that we try it with, against GitHub's own OpenAPI description: `github_calls.py API.json`.

Prism stands between the two and refuses a request or an answer that the description does not know. What runs is the program's own code:
a comment that is written, written anew, told stale after a failure, and the approvals of people on a pull request.
"""

import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from urllib.parse import quote

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from contract_gate.edge.github.api import GitHubApi
from contract_gate.edge.github.comment import CommentPlace, Posted, post, post_failure

NOW = "2026-11-26T09:00:00Z"


def person(login: str, kind: str = "User") -> dict[str, object]:
    """Give a `simple-user` of the description."""
    address = f"https://api.github.com/users/{quote(login)}"
    links = (
        "followers",
        "following",
        "gists",
        "starred",
        "subscriptions",
        "organizations",
        "repos",
        "events",
        "received_events",
    )
    return {
        "login": login, "id": len(login), "node_id": "MDQ6", "avatar_url": f"{address}.png", "gravatar_id": "", "url": address,
        "html_url": f"https://github.com/{quote(login)}", "type": kind, "site_admin": False,
        **{f"{name}_url": f"{address}/{name}" for name in links},
    }  # fmt: skip


@dataclass
class Fake:
    """A pull request's comments, kept; every answer has all that the description asks for."""

    comments: list[dict[str, object]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, body: dict[str, object]) -> tuple[int, object]:
        """Answer one request."""
        route = path.partition("?")[0]
        if route == "/graphql":
            return 200, {"data": {"organization": {"teams": {"nodes": []}}}}
        if method in ("POST", "PATCH"):
            self.writes.append(f"{method} {route}")
        if (method, route) == ("GET", "/repos/o/r/issues/7/comments"):
            return 200, self.comments if "page=1" in path.replace("per_page", "") else []
        if (method, route) == ("POST", "/repos/o/r/issues/7/comments"):
            return 201, self.add("contract-gate[bot]", str(body["body"]), "Bot")
        if method == "PATCH" and route.startswith("/repos/o/r/issues/comments/"):
            (found,) = [one for one in self.comments if str(one["id"]) == route.rpartition("/")[2]]
            found["body"] = body["body"]
            return 200, found
        if (method, route) == ("GET", "/repos/o/r/collaborators/ada/permission"):
            return 200, {
                "permission": "write",
                "role_name": "maintain",
                "user": {**person("ada"), "role_name": "maintain"},
            }
        if (method, route) == ("GET", "/user"):
            return 403, {
                "message": "Resource not accessible by integration",
                "documentation_url": "https://docs.github.com",
            }
        return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}

    def add(self, login: str, body: str, kind: str = "User") -> dict[str, object]:
        """Keep a new comment."""
        number = 100 + len(self.comments)
        self.comments.append({
            "id": number, "node_id": "IC_1", "url": f"https://api.github.com/repos/o/r/issues/comments/{number}",
            "html_url": f"https://github.com/o/r/pull/7#issuecomment-{number}", "body": body, "user": person(login, kind),
            "created_at": NOW, "updated_at": NOW, "issue_url": "https://api.github.com/repos/o/r/issues/7",
            "author_association": "NONE",
        })  # fmt: skip
        return self.comments[-1]


def served(fake: Fake) -> ThreadingHTTPServer:
    """Serve the fake on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            sent = json.loads(self.rfile.read(length) or b"{}")
            status, answer = fake.answer(self.command, self.path, sent)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 - called so by http.server

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> int:
    """Run the calls; 1 where Prism or the program refuses one."""
    fake = Fake()
    server = served(fake)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        shutil.which("prism") or "prism",
        "proxy",
        sys.argv[1],
        f"http://127.0.0.1:{server.server_port}",
        "--errors",
        "-p",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as prism:
        try:
            return _judged(fake, f"http://127.0.0.1:{port}")
        finally:
            prism.terminate()
            server.shutdown()


def _judged(fake: Fake, api: str) -> int:
    _await(api)
    refused = httpx.post(f"{api}/repos/o/r/issues/7/comments", json={"text": "no body"})
    where = CommentPlace(api_url=api, token="t0ken", repository="o/r", number=7, key="gate")
    fake.add("ada", "/contract-gate allow 0123 because we mean it")
    with httpx.Client() as http:
        github = GitHubApi(http, api, "t0ken", "o/r")
        said = {
            "what is not described is refused": refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY,
            "a first run writes a comment": post(where, "blocked").posted is Posted.CREATED,
            "a second updates it": post(where, "passed").posted is Posted.UPDATED,
            "a third changes nothing": post(where, "passed").posted is Posted.UNCHANGED,
            "a failed run keeps the verdict below": post_failure(where, "git failed").posted is Posted.UPDATED
            and "passed" in str(fake.comments[-1]["body"]),
            "two comments are there": len(fake.comments) == 2 and len(fake.writes) == 3,
            "a person's rights are read": github.may_write("ada") and not github.may_write("eve"),
        }
    for sentence, holds in said.items():
        print(f"{'ok' if holds else 'FAILED'}: {sentence}")
    return 0 if all(said.values()) else 1


def _await(api: str) -> None:
    """Wait until Prism has read the description."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            httpx.get(f"{api}/user", headers={"Authorization": "Bearer t"}, timeout=10)
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("FAILED: Prism did not start")


if __name__ == "__main__":
    sys.exit(main())
