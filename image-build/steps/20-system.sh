# The system: base.tar with the overlay, the program put in by install.sh itself, and the initramfs: system.tar. The emulated
# processor runs pip and update-initramfs here, so this is the longest step but one.
source=$CACHE/source
rm -rf "$source"
mkdir -p "$source" "$CACHE/wheels"
# What git knows of the tree, as it is on the disk: what lies about uncommitted and unknown is no part of an image.
git -C "$TOP" ls-files -z -- appliance web systemd install.sh pyproject.toml LICENSE |
    rsync -a --from0 --files-from=- --ignore-missing-args "$TOP/" "$source/"

# The Python packages for that processor are fetched once, outside the emulation, and with them what builds those that come as
# source only.
lock=$(cksum < "$TOP/appliance/requirements.lock")
if [ "$(cat "$CACHE/wheels/made-of" 2>/dev/null)" != "$lock" ]; then
    rm -rf "$CACHE/wheels"
    python3 -m pip download --quiet --disable-pip-version-check --require-hashes --prefer-binary --no-deps \
        --implementation cp --python-version "$PYTHON" --abi "cp$PYTHON" --abi abi3 --abi none \
        --platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux_2_26_aarch64 \
        --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux_2_31_aarch64 --platform manylinux_2_34_aarch64 \
        -d "$CACHE/wheels" -r "$TOP/appliance/requirements.lock"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps -d "$CACHE/wheels" setuptools==80.9.0 wheel==0.45.1 packaging==25.0
    printf '%s\n' "$lock" > "$CACHE/wheels/made-of"
fi

# Root of a namespace of its own is somebody else out here and may write nothing of ours, so what it makes comes through the files
# opened here. Its folder goes when its mounts are gone, which may show things that are to stay.
alone() { if [ "$MODE" = root ]; then unshare --mount --pid --fork "$@"; else mmdebstrap --unshare-helper "$@"; fi; }
root=$(alone mktemp -d)
well=0
alone sh "$HERE/steps/20-system.inside" "$root" > "$CACHE/system.new.tar" 3> "$CACHE/packages.txt" || well=$?
alone rm -rf "$root"
[ "$well" = 0 ]
mv "$CACHE/system.new.tar" "$CACHE/system.tar"
