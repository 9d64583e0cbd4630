# The action's image. The runner builds it on every run: it holds git, the locked dependencies and the package.
# 3.12-slim of 2026-08; a build elsewhere may name another base with Python 3.11 or newer and apt.
ARG BASE_IMAGE=python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
FROM ${BASE_IMAGE}

# git's exact version is the base image's distribution's: pinning it would break when a fix replaces it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.lock /opt/contract-gate/requirements.lock
RUN python3 -m venv /opt/contract-gate/venv \
    && /opt/contract-gate/venv/bin/python -m pip install --quiet --no-cache-dir --no-compile --no-deps \
        --disable-pip-version-check --require-hashes --only-binary :all: -r /opt/contract-gate/requirements.lock \
    && /opt/contract-gate/venv/bin/python -c 'import pathlib, sysconfig; \
        pathlib.Path(sysconfig.get_path("purelib"), "contract-gate.pth").write_text("/opt/contract-gate/source\n")'
COPY contract_gate /opt/contract-gate/source/contract_gate

# -I: the working directory is the pull request's, and must not be where Python looks for modules.
ENTRYPOINT ["/opt/contract-gate/venv/bin/python", "-I", "-m", "contract_gate.edge.github.action"]
