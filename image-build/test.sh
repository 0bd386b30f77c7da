#!/bin/sh
# Boots the image in QEMU with 512 MB and shows what it promises, a figure a line; see README.md for what each is.
#   image-build/test.sh [IMAGE]       IMAGE is what build.sh made unless named; more options: tests/image/show.py --help
# Needs: apt install qemu-system-arm mtools openssh-client
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(dirname "$HERE")
# shellcheck source=image-build/config
. "$HERE/config"
case ${1:-} in '' | -*) ;; *) IMAGE=$1; shift ;; esac
[ -f "$IMAGE" ] || { echo "test.sh: there is no $IMAGE; build.sh makes it" >&2; exit 1; }
work=${WORK:-$CACHE/show}
mkdir -p "$work"

# Plain Debian as the yardstick for how long a start takes: base.tar as it is, with the same kernel.
if [ -f "$CACHE/base.tar" ] && [ ! -f "$work/bare.ext4" ]; then
    "$CACHE/tools/tool" mke2fs -q -t ext4 -d "$CACHE/base.tar" "$work/bare.ext4" "${ROOT_MIB}M"
fi
[ ! -f "$work/bare.ext4" ] || export BARE_ROOT="$work/bare.ext4" BARE_SEEK="$((4 + BOOT_MIB))"

python=$TOP/.venv-test/bin/python
[ -x "$python" ] || python=python3                  # it wants the module requests, and no more
PYTHONPATH=$TOP/tests/image exec "$python" "$TOP/tests/image/show.py" "$IMAGE" --work "$work" "$@"
