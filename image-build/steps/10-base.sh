# Debian, the packages of the list and those that install.sh wants, for the other processor: base.tar. Made again only when what it is made of changes.
# shellcheck disable=SC2016                         # the hooks' own shell expands them
packages=$({ sed -e 's/#.*//' "$HERE/packages"; "$TOP/install.sh" packages | tr ' ' '\n' | grep -vxF "$WITHOUT"; } | tr -s ' \n' ',' | sed -e 's/^,//' -e 's/,$//')
wanted=$(echo "$packages"; cat "$HERE/steps/10-base.sh" "$HERE"/hooks/* | cksum; echo "$RELEASE $ARCH $MIRROR $SNAPSHOT $SOURCE_DATE_EPOCH")
if [ "$(cat "$CACHE/base.made-of" 2>/dev/null)" = "$wanted" ] && [ -s "$CACHE/base.tar" ]; then
    echo "base.tar is up to date" >&2
    exit 0
fi

sources=$CACHE/base.sources
: > "$sources"
source_of() {   # source_of ARCHIVE SUITES
    uri=$MIRROR/$1
    [ -z "$SNAPSHOT" ] || uri=http://snapshot.debian.org/archive/$1/$SNAPSHOT
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n%s\n' \
        "$uri" "$2" "${SNAPSHOT:+Check-Valid-Until: no
}" >> "$sources"
}
source_of debian "$RELEASE $RELEASE-updates $RELEASE-backports"
source_of debian-security "$RELEASE-security"

# What nobody reads on a box without a screen is not installed, now and in later updates: the excludes stay in the system.
mmdebstrap --mode="$MODE" --architectures="$ARCH" --variant=minbase --include="$packages" \
    --skip=essential/unlink \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-include=/usr/share/locale/locale.alias' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/media/*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/infiniband/*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/scsi/*' \
    --dpkgopt='path-include=/usr/lib/modules/*/kernel/drivers/scsi/*mod.ko*' \
    --dpkgopt='path-include=/usr/lib/modules/*/kernel/drivers/scsi/scsi_common.ko*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/iio/*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/sound/*' \
    --dpkgopt='path-exclude=/usr/lib/modules/*/dtb/*/*' \
    --dpkgopt='path-include=/usr/lib/modules/*/dtb/broadcom/*' \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives" "$1/etc/apt/preferences.d"' \
    --setup-hook="copy-in '$HERE/hooks/kernel.pref' /etc/apt/preferences.d" \
    --setup-hook="sync-in '$CACHE/archives' /var/cache/apt/archives" \
    --extract-hook="'$HERE/hooks/faster' \"\$1\"" \
    --essential-hook="'$HERE/hooks/native' on \"\$1\"" \
    --customize-hook="sync-out /var/cache/apt/archives '$CACHE/archives'" \
    --customize-hook="'$HERE/hooks/faster-off' \"\$1\"" \
    --customize-hook='rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*' \
    --customize-hook='chown 0:0 "$1/etc/apt/preferences.d/kernel.pref" "$1/var/cache/apt/archives"' \
    "$RELEASE" "$CACHE/base.new.tar" "$sources"
mv "$CACHE/base.new.tar" "$CACHE/base.tar"
printf '%s\n' "$wanted" > "$CACHE/base.made-of"
