#!/bin/sh
# Builds the image for Raspberry Pi 3, 4, 5 and Zero 2 W (64-bit), one step after the other.
#   image-build/build.sh              all of it, into $OUT (see config)
#   image-build/build.sh 30-image     that step and those after it, with what the earlier ones left in $CACHE
# As root, or as anybody where mmdebstrap's unshare mode works (see README.md).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(dirname "$HERE")
# shellcheck source=image-build/config
. "$HERE/config"
export HERE TOP CACHE OUT IMAGE RELEASE ARCH PYTHON MIRROR SNAPSHOT WITHOUT SOURCE_DATE_EPOCH BOOT_MIB ROOT_MIB DISK_ID BOOT_ID ROOT_UUID ROOT_SEED
# UTF-8, because libarchive refuses what the locale cannot say, and there are certificates with Hungarian names.
export LC_ALL=C.UTF-8 TZ=UTC

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

missing=
for program in mmdebstrap rsync bmaptool tar sha256sum; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] || fail "not found:$missing. On Debian: apt install mmdebstrap rsync bmap-tools"

if [ "$(id -u)" = 0 ]; then MODE=root; else MODE=unshare; fi
export MODE
mkdir -p "$CACHE/archives" "$OUT"

started=${1:-}
[ -z "$started" ] || [ -e "$HERE/steps/$started.sh" ] || fail "there is no step $started; the steps are: $(cd "$HERE/steps" && echo *.sh)"
for step in "$HERE"/steps/*.sh; do
    name=$(basename "$step" .sh)
    [ -z "$started" ] || [ "$started" = "$name" ] || continue
    started=
    began=$(date +%s)
    printf '== %s\n' "$name" >&2
    sh -eu "$step" || fail "step $name failed; when that is mended, go on with: image-build/build.sh $name"
    printf '== %s took %s s\n' "$name" "$(($(date +%s) - began))" >&2
done
