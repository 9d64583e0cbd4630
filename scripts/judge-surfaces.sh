#!/bin/sh
# Judges action.yml, the workflows, the Dockerfile, the hooks and the locked dependencies with tools that others wrote, and runs the hook on a staged
# deletion as pre-commit would. The tools come from PyPI into a venv of their own that is thrown away. Without a package
# index it says SKIPPED and ends with 0, or with 1 if CONTRACT_GATE_SURFACES=required.
set -eu

cd "$(dirname "$0")/.."
root=$PWD
python=${PYTHON:-python3}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

"$python" -m venv "$scratch/judges"
if ! "$scratch/judges/bin/python" -m pip install --quiet --disable-pip-version-check -r scripts/judges.txt \
    >"$scratch/pip.log" 2>&1; then
    tail -n 3 "$scratch/pip.log" >&2
    echo "SKIPPED: action.yml, the workflows, the Dockerfile and the hooks were NOT judged: no tools from PyPI" >&2
    [ "${CONTRACT_GATE_SURFACES:-}" = required ] && exit 1
    exit 0
fi
PATH=$scratch/judges/bin:$PATH
export PATH

echo "== action.yml and workflows against GitHub's schemas"
check-jsonschema --builtin-schema vendor.github-actions action.yml
jobs=contract_gate/cli/templates
check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/workflows/*.yml $jobs/github.yml
check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/f*.yml
echo "== the jobs for other CIs against their schemas"
for ci in gitlab-ci:gitlab bitbucket-pipelines:bitbucket azure-pipelines:azure circle-ci:circleci buildkite:buildkite; do
    check-jsonschema --regex-variant python --builtin-schema "vendor.${ci%%:*}" "$jobs/${ci#*:}.yml"
done
echo "== zizmor"
mkdir -p "$scratch/.github/workflows"
cp $jobs/github.yml "$scratch/.github/workflows/"
zizmor --offline --quiet action.yml .github examples/workflows/*.yml "$scratch/.github/workflows/github.yml"
echo "== hadolint"
hadolint Dockerfile
echo "== the hooks' manifest"
pre-commit validate-manifest .pre-commit-hooks.yaml

echo "== the site: each page in it, no link that leads nowhere"
mkdocs build --quiet --site-dir "$scratch/site"

echo "== pip-audit"
# Known vulnerabilities come from the package index. A mirror has none for some or all: what was not judged is counted and said.
audited=0
pip-audit --requirement requirements.lock --no-deps --disable-pip --progress-spinner off >"$scratch/audit.log" 2>&1 || audited=$?
if grep -q '^Found [0-9]* known vulnerabilit' "$scratch/audit.log"; then
    cat "$scratch/audit.log" >&2
    echo "FAILED: a locked dependency has a known vulnerability" >&2
    exit 1
fi
unjudged=$(grep -c 'could not be audited' "$scratch/audit.log" || true)
if [ "$audited" != 0 ] || [ "$unjudged" != 0 ]; then
    [ "$audited" = 0 ] || tail -n 3 "$scratch/audit.log" >&2
    echo "SKIPPED: locked dependencies were NOT audited (exit $audited, $unjudged that the index tells nothing of)" >&2
    [ "${CONTRACT_GATE_SURFACES:-}" = required ] && exit 1
fi

echo "== pre-commit try-repo on a staged deletion"
PRE_COMMIT_HOME=$scratch/pre-commit
export PRE_COMMIT_HOME
unset SECODA_API_KEY SECODA_API_URL GITHUB_EVENT_NAME GITHUB_EVENT_PATH
mkdir "$scratch/shop"
cd "$scratch/shop"
git init --quiet --initial-branch=main
git config user.name Robin
git config user.email robin@example.com
printf 'create view shop.orders as select id, amount from shop.raw_orders;\n' >orders.sql
printf 'create view shop.revenue as\nselect sum(amount) as revenue\nfrom shop.orders;\n' >revenue.sql
git add --all
git commit --quiet --message base

try() {
    code=0
    pre-commit try-repo "$root" contract-gate --verbose >"$scratch/hook.log" 2>&1 || code=$?
}

git rm --quiet orders.sql
try
if [ "$code" != 1 ] || ! grep -q 'shop.revenue breaks.*revenue.sql:3' "$scratch/hook.log"; then
    cat "$scratch/hook.log" >&2
    echo "FAILED: the hook did not stop a commit that removes what revenue.sql reads (exit $code)" >&2
    exit 1
fi
grep -E 'breaks|blocked' "$scratch/hook.log"

git reset --quiet --hard
printf -- '-- one row an order\n' >>orders.sql
git add --all
try
if [ "$code" != 0 ] || ! grep -q '^passed' "$scratch/hook.log"; then
    cat "$scratch/hook.log" >&2
    echo "FAILED: the hook did not let a harmless commit pass (exit $code)" >&2
    exit 1
fi
grep '^passed' "$scratch/hook.log"

echo "== what init writes, as it is: the hook installs from the git address and stops the same commit"
git reset --quiet --hard
"$python" -m contract_gate init --from "file://$root@$(git -C "$root" rev-parse HEAD)" --preview 0 >/dev/null
git add --all
git commit --quiet --no-verify --message "take the gate"
git rm --quiet orders.sql
code=0
pre-commit run contract-gate >"$scratch/hook.log" 2>&1 || code=$?
if [ "$code" != 1 ] || ! grep -q 'shop.revenue breaks.*revenue.sql:3' "$scratch/hook.log"; then
    cat "$scratch/hook.log" >&2
    echo "FAILED: the hook that init wrote did not stop a commit that removes what revenue.sql reads (exit $code)" >&2
    exit 1
fi
grep -E 'breaks|blocked' "$scratch/hook.log"
