#!/bin/sh
# Builds the action's image from the Dockerfile and runs the tests that start it as a runner would, without a daemon.
# Needs Debian or Ubuntu and root; installs podman, runc and debootstrap where they are missing. Where it can't work it
# says SKIPPED and ends with 0, or with 1 if CONTRACT_GATE_ACTION=required.
# The base image is a stand-in made by debootstrap (Debian with Python), so that no container registry is needed.
set -eu

cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
cache=${CONTRACT_GATE_ACTION_CACHE:-/var/tmp/contract-gate-action}
suite=trixie
base=localhost/contract-gate-base:$suite
image=localhost/contract-gate-action:test

skip() {
    echo "SKIPPED: the action's image was NOT built and NOT tested: $1" >&2
    [ "${CONTRACT_GATE_ACTION:-}" = required ] && exit 1
    exit 0
}

[ "$(id -u)" = 0 ] || skip "only root can build and run it here"
command -v apt-get >/dev/null || skip "this is no Debian (there is no apt-get)"
case $(uname -s) in Linux) ;; *) skip "this is no Linux" ;; esac

missing=
for tool in podman runc debootstrap; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $missing >/dev/null
fi

mkdir -p "$cache/probe/lower" "$cache/probe/upper" "$cache/probe/work" "$cache/probe/merged"
driver=vfs
if mount -t overlay overlay -o "lowerdir=$cache/probe/lower,upperdir=$cache/probe/upper,workdir=$cache/probe/work" \
    "$cache/probe/merged" 2>/dev/null; then
    umount "$cache/probe/merged"
    driver=overlay
fi
# A wrapper, so that the tests need one word: podman with storage of its own.
cat >"$cache/podman" <<WRAPPER
#!/bin/sh
exec podman --root "$cache/$driver" --runroot "$cache/$driver-run" --storage-driver $driver --cgroup-manager cgroupfs "\$@"
WRAPPER
chmod +x "$cache/podman"

if ! "$cache/podman" image exists "$base"; then
    echo "making the base image with debootstrap" >&2
    rm -rf "$cache/root"
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$cache/root" \
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$cache/debootstrap.log" 2>&1 ||
        { tail -n 20 "$cache/debootstrap.log" >&2; exit 1; }
    tar -C "$cache/root" -c . | "$cache/podman" import --quiet - "$base" >/dev/null
    rm -rf "$cache/root"
fi

# What this machine needs to reach its package index: its certificates and pip's configuration, mounted, not copied.
set --
for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
    [ -e "$file" ] && set -- "$@" --volume "$file:$file:ro"
done
"$cache/podman" build --quiet --isolation chroot --network host --build-arg "BASE_IMAGE=$base" "$@" --tag "$image" . >/dev/null

CONTRACT_GATE_IMAGE=$image CONTRACT_GATE_PODMAN=$cache/podman "$python" -m pytest tests/surfaces/test_image.py -q
