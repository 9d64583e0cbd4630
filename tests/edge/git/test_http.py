"""Fetching over HTTP, as from GitHub: `git http-backend` on loopback."""

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contract_gate.core.errors import GitError
from contract_gate.edge.git.compared import choose_revisions


class Backend(BaseHTTPRequestHandler):
    """Hands each request to `git http-backend` (https://git-scm.com/docs/git-http-backend) as CGI."""

    root = ""
    secret = ""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if self.secret and self.headers.get("Authorization") != self.secret:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": self.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=variables, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def served(sandbox):
    class Ours(Backend):
        root = str(sandbox.directory)

    with ThreadingHTTPServer(("127.0.0.1", 0), Ours) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Ours
        server.shutdown()
        thread.join()


@pytest.fixture
def merge(sandbox, served):
    """A merge commit at depth 1, whose parent only the server has."""
    origin = sandbox.make("origin", {"a.sql": "1"})
    sandbox.git(origin, "checkout", "-q", "-b", "change")
    sandbox.commit(origin, {"a.sql": "2"})
    sandbox.git(origin, "checkout", "-q", "main")
    base = sandbox.commit(origin, {"b.sql": "1"})
    sandbox.git(origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
    head = sandbox.git(origin, "rev-parse", "HEAD")
    address, handler = served
    work = sandbox.directory / "work"
    work.mkdir()
    sandbox.git(work, "init", "-q", "-b", "main")
    sandbox.git(work, "remote", "add", "origin", f"{address}/origin/.git")
    sandbox.git(work, "fetch", "-q", "--depth=1", "origin", "main")
    sandbox.git(work, "checkout", "-q", "--detach", "FETCH_HEAD")
    return work, base, {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": head}, handler


def test_the_parent_of_a_merge_commit_is_fetched_over_http(sandbox, merge):
    """One shallow fetch brings the base."""
    work, base, outer, _ = merge
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, environment=outer).base.sha == base


def test_the_credentials_that_the_checkout_left_are_used(sandbox, merge):
    """actions/checkout keeps an authorization header in the repository's configuration; fetching sends it."""
    work, base, outer, handler = merge
    handler.secret = "basic dDpz"
    with sandbox.open(work) as repository:
        with pytest.raises(GitError, match="fetching it failed") as caught:
            choose_revisions(repository, environment=outer)
        assert "fetch-depth: 2" in caught.value.hint
        sandbox.git(work, "config", "http.extraheader", "AUTHORIZATION: basic dDpz")
        assert choose_revisions(repository, environment=outer).base.sha == base
