#!/bin/sh
# Judges the reports, the workflows and the calls to GitHub with tools that others wrote: SARIF by Microsoft's Multitool, the HTML page by axe-core in
# headless Chromium (phone and screen, light and dark, everything unfolded) with a graph of 2,000 nodes panned, the calls by Prism with GitHub's
# own OpenAPI description before a stateful fake, the one GraphQL query by GitHub's schema, action.yml and workflows by GitHub's language
# service. The tools come from npm into a folder that is thrown away. Without npm, its registry or Chromium it says SKIPPED and ends with
# 0, or with 1 if CONTRACT_GATE_SURFACES=required.
set -eu

cd "$(dirname "$0")/.."
root=$PWD
python=$root/${PYTHON:-.venv/bin/python}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

skip() {
    echo "SKIPPED: $1" >&2
    [ "${CONTRACT_GATE_SURFACES:-}" = required ] && exit 1
    exit 0
}

command -v npm >/dev/null || skip "the reports and the calls to GitHub were NOT judged: there is no npm"
cp scripts/judges/package.json scripts/judges/package-lock.json "$scratch/"
if ! (cd "$scratch" && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1); then
    tail -n 3 "$scratch/npm.log" >&2
    skip "the reports and the calls to GitHub were NOT judged: no tools from npm"
fi
"$python" scripts/judges/write_pages.py "$scratch/pages"

echo "== SARIF by Microsoft's Multitool"
multitool=$scratch/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod u+x "$multitool"
for log in "$scratch"/pages/*.sarif; do
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$multitool" validate "$log" --rule-kind 'Sarif;Gh' -o "$log.judged" >"$log.log" 2>&1 || true
    # It ends with 0 even on errors. SARIF2005 asks for the address of the project, which has none yet.
    if ! grep -q '^Analysis completed successfully' "$log.log" || grep -E ': (error|warning) ' "$log.log" | grep -v ' SARIF2005: '; then
        cat "$log.log" >&2
        echo "FAILED: $(basename "$log") is not the SARIF that GitHub takes" >&2
        exit 1
    fi
done
ls "$scratch"/pages/*.sarif | wc -l | xargs printf '%s logs, no error\n'

echo "== GitHub's API by Prism"
PATH=$scratch/node_modules/.bin:$PATH "$python" scripts/judges/github_calls.py "$scratch/node_modules/@octokit/openapi/generated/api.github.com.json"

echo "== GitHub's GraphQL by its own schema"
cp scripts/judges/graphql.mjs "$scratch/"
"$python" -c 'from contract_gate.edge.github.api import TEAMS; print(TEAMS)' | (cd "$scratch" && node graphql.mjs)

echo "== action.yml and workflows by GitHub's language service"
mkdir -p "$scratch/.github/workflows"
cp action.yml "$scratch/"
cp .github/workflows/*.yml examples/workflows/*.yml "$scratch/.github/workflows/"
cp contract_gate/cli/templates/github.yml "$scratch/.github/workflows/written-by-init.yml"
cp scripts/judges/workflows.mjs "$scratch/"
# The service imports JSON as only bundlers do.
(cd "$scratch" && node_modules/.bin/esbuild workflows.mjs --bundle --format=esm --platform=node --outfile=bundled.mjs --log-level=warning \
    --banner:js='import {createRequire} from "node:module"; const require = createRequire(import.meta.url);' &&
    node bundled.mjs action.yml .github/workflows/*.yml)

echo "== the HTML page by axe-core, in Chromium"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] || skip "the HTML page was NOT judged: there is no Chromium"
cp scripts/judges/pages.mjs "$scratch/"
(cd "$scratch" && node pages.mjs "$browser" pages/graph.html pages/rich.html pages/empty.html pages/thirty.html pages/hostile.html)
