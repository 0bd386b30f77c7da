# Tools of this very release, as they are, without installing them: mke2fs and mkfs.vfat write what their version writes, and
# the same bytes are wanted on any machine; qemu's newer versions translate faster. Called as "$CACHE/tools/tool mke2fs …".
wanted="$RELEASE $SNAPSHOT $(cksum < "$HERE/steps/00-tools.sh")"
if [ "$(cat "$CACHE/tools/made-of" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$CACHE/tools"
    mkdir -p "$CACHE/tools"
    mmdebstrap --quiet --mode="$MODE" --variant=extract \
        --include=e2fsprogs,libarchive13t64,qemu-user,dosfstools,mtools,fdisk,zstd,xz-utils,kmod,cpio,mawk,openssl,util-linux,dash,bash,coreutils,sed,grep,findutils,gzip,tar,perl-base,diffutils,python3.13-minimal \
        "$RELEASE" - "deb ${SNAPSHOT:+[check-valid-until=no] }${SNAPSHOT:+http://snapshot.debian.org/archive/debian/$SNAPSHOT}${SNAPSHOT:-$MIRROR/debian} $RELEASE main" |
        tar -C "$CACHE/tools" -xf - --exclude='./dev/*'
    cat > "$CACHE/tools/tool" <<'RUN'
#!/bin/sh
# tool PROGRAM ARGS: a program of this folder, with its own loader and libraries.
here=$(dirname "$(readlink -f "$0")")
lib=$(echo "$here"/usr/lib/*-linux-gnu)
for place in sbin bin; do
    [ -x "$here/usr/$place/$1" ] || continue
    program=$here/usr/$place/$1; shift
    exec "$lib"/ld-linux-*.so.* --library-path "$lib" "$program" "$@"
done
echo "tool: no $1 in $here" >&2; exit 127
RUN
    chmod +x "$CACHE/tools/tool"
    # Libraries for hooks/native: without libkmod, because a hook of the initramfs takes along all that it sees of that name.
    if [ -d "$CACHE/tools/usr/lib/x86_64-linux-gnu" ]; then
        cp -al "$CACHE/tools/usr/lib/x86_64-linux-gnu" "$CACHE/tools/libraries"
        rm "$CACHE"/tools/libraries/libkmod.so*
    fi
    printf '%s\n' "$wanted" > "$CACHE/tools/made-of"
fi

# Programs of another processor run by qemu, which the kernel is told once (the "F" keeps it working inside a chroot, and
# mmdebstrap looks for that name).
arch-test "$ARCH" >/dev/null 2>&1 && exit 0
[ "$(dpkg --print-architecture 2>/dev/null)" != "$ARCH" ] || exit 0
if [ "$MODE" != root ]; then
    echo "This kernel cannot run $ARCH programs yet. As root, once: apt install qemu-user-binfmt (or qemu-user-static)." >&2
    exit 1
fi
[ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
[ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || echo -1 > /proc/sys/fs/binfmt_misc/qemu-aarch64
# The mark of a 64-bit ARM program: ELF, 64 bits, little end first, an executable or a shared object, machine 183.
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":qemu-aarch64:M::$magic:$mask:$CACHE/tools/usr/bin/qemu-aarch64:FP" > /proc/sys/fs/binfmt_misc/register
