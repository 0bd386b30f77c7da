# What is given away: the image, compressed, with the map of its used blocks (bmaptool writes only those); the system alone, for
# boxes that have one (hearth-system install); the packages in it; the sums of all.
system=$OUT/hearth-$ARCH.system.tar.zst
bmaptool --quiet create -o "$IMAGE.bmap.new" "$IMAGE"
sed -e '/This file was generated/d' "$IMAGE.bmap.new" > "$IMAGE.bmap"; rm "$IMAGE.bmap.new"
"$CACHE/tools/tool" xz --threads=2 --block-size=64MiB -6 --keep --force "$IMAGE"
"$CACHE/tools/tool" zstd -q -f -T2 -15 "$CACHE/system.tar" -o "$system"
cp "$CACHE/packages.txt" "$OUT/hearth-$ARCH.packages"
if [ -n "${HEARTH_SIGNING_KEY:-}" ]; then
    rm -f "$system.sig"
    ssh-keygen -Y sign -q -f "$HEARTH_SIGNING_KEY" -n hearth-system "$system"
fi
cd "$OUT" || exit 1

sha256sum hearth-"$ARCH".* > SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS
cat SHA256SUMS
du -h --apparent-size "$IMAGE" "$IMAGE.xz" "$system"
du -h "$IMAGE"
