"""`contract-gate emulator` as a process."""

import os
import signal
import subprocess
import sys

import httpx
from click.testing import CliRunner

from contract_gate.cli.emulator import emulator
from contract_gate.core.errors import UsageError

RUN = "from contract_gate.cli.emulator import emulator; emulator()"


def test_it_serves_until_it_is_stopped(tmp_path):
    """The first line is the setting for SECODA_API_URL; the process serves there and ends on a signal."""
    seed = tmp_path / "seed.json"
    seed.write_text(
        '{"users": [{"email": "a@b.example", "role": "admin", "key": "k"}], "dashboards": ["one", "two"]}'
    )
    command = [sys.executable, "-c", RUN, "--port", "0", "--data", str(seed), "--switch", "page_size=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            name, _, url = process.stdout.readline().strip().partition("=")
            assert name == "SECODA_API_URL"
            answer = httpx.get(f"{url}/api/v1/dashboard/dashboards/", headers={"Authorization": "Bearer k"})
            assert (answer.json()["count"], len(answer.json()["results"])) == (2, 1)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


def test_without_the_extra_it_says_what_to_install():
    """Where uvicorn is missing, the message names it and the hint the extra."""
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from contract_gate.cli.emulator import emulator\n"
        "from contract_gate.core.errors import UsageError\n"
        "try:\n    emulator(['--port', '0'])\n"
        "except UsageError as error:\n    print(error.message, '|', error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert "uvicorn is not installed | pip install 'contract-gate[emulator]'" in done.stdout


def test_a_wrong_switch_or_seed_is_a_usage_error(tmp_path):
    """What can't be understood ends before a port is taken."""
    for arguments in (["--switch", "x=1"], ["--data", str(tmp_path / "none.json")]):
        assert isinstance(CliRunner().invoke(emulator, arguments).exception, UsageError)
