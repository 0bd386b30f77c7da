# The card: partition 1 for the firmware, 2 for the first system. Nothing here runs as root or on a loop device; every byte
# comes from system.tar and the config.
work=$CACHE/card
tool() { "$CACHE/tools/tool" "$@"; }
rm -rf "$work" "$IMAGE"
mkdir -p "$work/boot/a"

# 1. The boot partition, from what the system has.
tar -C "$work" -xf "$CACHE/system.tar" --wildcards './boot/*' './usr/lib/raspi-firmware' './usr/lib/modules/*/dtb/broadcom' './usr/share/hearth-box' \
    --exclude='./boot/firmware/*.elf' --no-same-owner --no-same-permissions
boot=$work/firmware
mkdir -p "$boot/a"
for file in "$work"/usr/lib/raspi-firmware/*.bin "$work"/usr/lib/raspi-firmware/*.elf "$work"/usr/lib/raspi-firmware/*.dat; do
    case $file in *_db.* | *4db.* | *_x.* | *4x.*) ;; *) cp "$file" "$boot/" ;; esac      # those for debugging and for cameras
done
cp "$HERE/config.txt" "$HERE/overlay/boot/firmware/hearth.toml" "$boot/"
cp "$work"/boot/vmlinuz-* "$boot/a/vmlinuz"
cp "$work"/boot/initrd.img-* "$boot/a/initrd.img"
cp "$work"/usr/lib/modules/*/dtb/broadcom/*.dtb "$boot/a/"
cp "$HERE/cmdline.txt" "$boot/a/"
find "$boot" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
truncate -s "${BOOT_MIB}M" "$work/boot.vfat"
tool mkfs.vfat -F 32 -n HEARTH -i "$BOOT_ID" --invariant "$work/boot.vfat" >/dev/null
export MTOOLS_SKIP_CHECK=1
(cd "$boot" && find . -mindepth 1 -type d | sort | while read -r folder; do tool mmd -i "$work/boot.vfat" "::${folder#.}"; done
 find . -type f | sort | while read -r file; do tool mcopy -m -i "$work/boot.vfat" "$file" "::${file#.}"; done)

# 2. The system, straight from the tar; mke2fs takes its times from SOURCE_DATE_EPOCH.
tool mke2fs -q -t ext4 -L hearth-a -U "$ROOT_UUID" -E "hash_seed=$ROOT_SEED,lazy_itable_init=0,lazy_journal_init=0" -e remount-ro -m 1 \
    -d "$CACHE/system.tar" "$work/root.ext4" "${ROOT_MIB}M"

# 3. The card.
truncate -s "$((4 + BOOT_MIB + ROOT_MIB))M" "$IMAGE"
tool sfdisk --quiet "$IMAGE" <<TABLE
label: dos
label-id: $DISK_ID
start=4MiB, size=${BOOT_MIB}MiB, type=c, bootable
start=$((4 + BOOT_MIB))MiB, size=${ROOT_MIB}MiB, type=83
TABLE
dd if="$work/boot.vfat" of="$IMAGE" bs=1M seek=4 conv=notrunc,sparse status=none
dd if="$work/root.ext4" of="$IMAGE" bs=1M seek="$((4 + BOOT_MIB))" conv=notrunc,sparse status=none
rm -rf "$work"
