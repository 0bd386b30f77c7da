#!/bin/sh
# Sets Hearth up.
#   ./install.sh run [ARGS]    try it: needs Python 3.11 and a package index; ARGS go to "hearth serve"
#   ./install.sh test [ARGS]   install what the tests need and run them; ARGS go to pytest
#   sudo ./install.sh          install it as a service on Debian or Raspberry Pi OS, or bring that up to this version
#   sudo ./install.sh uninstall   take the program away; what people keep stays
# For a service:
#   --data DIR     where all truth lies (/srv/hearth); an existing one is taken as it is, nothing is ever formatted
#   --disk DEVICE  a partition (ext4, XFS, btrfs) that is to be mounted there from now on
#   --wheels DIR   take the Python packages from this folder, without a network
#   --image        into a system that does not run (a chroot): asks nothing, starts nothing
#   --yes          do not ask before anything is changed
#   ./install.sh packages      the Debian packages that a box has
set -eu
umask 022
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }
fail() { say "install.sh: $*"; exit 1; }

# The first Python that is new enough and can make virtual environments.
find_python() {
    for python in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14; do
        [ -n "$python" ] || continue
        if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then
            printf '%s\n' "$python"
            return
        fi
    done
    fail "no Python 3.11 or newer with venv was found. On Debian: apt install python3 python3-venv."
}

# make_environment FOLDER LOCK...: a virtual environment with exactly what the lock files name; made again when they change.
make_environment() {
    folder=$1; shift
    python=$(find_python)
    wanted=$({ "$python" -V; cat "$@"; } | cksum)
    [ -f "$folder/made-of" ] && [ "$(cat "$folder/made-of")" = "$wanted" ] && return
    say "making $folder ..."
    rm -rf "$folder"
    "$python" -m venv "$folder"
    for lock in "$@"; do
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock" >&2 ||
            fail "the packages of $lock could not be installed. Is the package index in reach?"
    done
    printf '%s\n' "$wanted" > "$folder/made-of"
}

run() {
    make_environment .venv appliance/requirements.lock
    HEARTH_DATA=${HEARTH_DATA:-$PWD/.data} HEARTH_CACHE=${HEARTH_CACHE:-$PWD/.cache} PYTHONUNBUFFERED=1 \
        exec .venv/bin/python -m appliance serve "$@"
}

# Tests.

# Debian packages of the programs that the tests use; without root, what is missing is skipped by the tests.
debian_packages() {
    if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
        say "not root on Debian: tests with programs that are not installed will be skipped"
        return
    fi
    missing=
    for package in litmus rclone cadaver davfs2 owncloud-client-cmd nextcloud-desktop-cmd curl attr e2fsprogs fuse3 gvfs \
        gvfs-backends libglib2.0-bin dbus rsync openssl shellcheck procps apache2-bin chromium \
        poppler-utils librsvg2-bin ffmpeg restic openssh-server btrfs-progs smartmontools systemd-container mmdebstrap testssl.sh pebble \
        clamav-daemon c-icap libc-icap-mod-virus-scan bind9 bind9-dnsutils mtools dosfstools fdisk zstd; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    command -v node >/dev/null 2>&1 || missing="$missing nodejs npm"
    [ -n "$missing" ] || return 0
    say "installing$missing ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 || say "apt-get update failed; going on"
    for package in $missing; do                     # one by one: one that is not to be had must not take the others along
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || say "no $package; its tests will be skipped"
    done
}

node_packages() {
    command -v npm >/dev/null 2>&1 || return 0
    wanted=$(cksum tests/clients/package-lock.json)
    [ -f tests/clients/node_modules/made-of ] && [ "$(cat tests/clients/node_modules/made-of)" = "$wanted" ] && return
    (cd tests/clients && npm ci --silent --no-audit --no-fund >&2) || { say "npm packages could not be had; their tests will be skipped"; return 0; }
    printf '%s\n' "$wanted" > tests/clients/node_modules/made-of
}

run_tests() {
    debian_packages
    make_environment .venv-test appliance/requirements.lock tests/requirements.lock
    make_environment .venv-clients tests/clients-requirements.lock
    node_packages
    [ $# -gt 0 ] || set -- -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0    # all of them: half of the time is spent waiting; the longest are not last
    exec .venv-test/bin/python -m pytest "$@"
}

# The service; box.sh has the steps.

case ${1:-} in
    run) shift; run "$@" ;;
    test) shift; run_tests "$@" ;;
    *) . systemd/box.sh; box "$@" ;;
esac
