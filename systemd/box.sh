# What "sudo ./install.sh" does on a box, step by step; a part of install.sh, which reads it in. POSIX sh.
#
# Every step looks first whether it is done, so a run that was cut off is taken up by the next one. A version lies whole in a
# folder of its own, and the link "current" says which one runs: going back is turning that link.
# shellcheck shell=sh

PROGRAM=/opt/hearth
OPTIONS=/etc/hearth/hearth.toml
CACHE=/var/cache/hearth
UNITS=/usr/local/lib/systemd/system                 # /etc/systemd/system is the owner's: drop-ins there stay
COMMAND=/usr/local/bin/hearth
ANNOUNCED=/etc/avahi/services/hearth.service
NEEDED="python3 python3-venv ca-certificates"       # without them nothing runs
WANTED="avahi-daemon restic openssh-client poppler-utils librsvg2-bin ffmpeg smartmontools openssl"   # each for a feature of its own
ENABLED="hearth.service hearth-rescue.service hearth-keep.service hearth-disks.timer hearth-check.timer hearth-certificate.timer hearth-backup.timer hearth-says.timer"
NUMBER=860                                          # of the user hearth, where it is free: disks change boxes

box() {
    data='' disk='' wheels='' image='' sure='' action=install
    while [ $# -gt 0 ]; do
        case $1 in
            uninstall | packages) action=$1 ;;
            --image) image=1 sure=1 ;;
            --yes | -y) sure=1 ;;
            --data | --disk | --wheels)
                [ $# -ge 2 ] || fail "$1 wants a value. \"./install.sh --help\" tells all."
                case $1 in --data) data=$2 ;; --disk) disk=$2 ;; --wheels) wheels=$(cd "$2" && pwd) || fail "there is no folder $2." ;; esac
                shift ;;
            *) sed -n '2,/^set /s/^# \{0,1\}//p' install.sh >&2; [ "$1" = --help ] && exit 0; exit 2 ;;
        esac
        shift
    done
    [ "$action" = packages ] && { printf '%s\n' "$NEEDED $WANTED"; exit 0; }
    [ "$(id -u)" = 0 ] || fail "a service is installed by root: \"sudo ./install.sh\". To try Hearth without: \"./install.sh run\"."
    mkdir -p /run/lock
    exec 9> /run/lock/hearth-install
    flock -n 9 || fail "another install.sh is at work. Wait for it."
    if [ "$action" = uninstall ]; then uninstall; else look; plan; install_box; fi
}

# Looking: nothing is changed here.

look() {
    [ -r /etc/os-release ] || fail "this is not Debian or Raspberry Pi OS."
    # shellcheck disable=SC1091
    debian=$(. /etc/os-release && echo "${VERSION_CODENAME:-${ID:-?}}")
    command -v dpkg >/dev/null 2>&1 || fail "this is not Debian or Raspberry Pi OS. \"./install.sh run\" works elsewhere, too."
    machine=$(dpkg --print-architecture)
    case $machine in
        amd64 | arm64) ;;
        *) fail "Hearth needs a 64-bit system, and this one is $machine. Flash the 64-bit Raspberry Pi OS (Pi 3, 4, 5, Zero 2 W)." ;;
    esac
    command -v systemctl >/dev/null 2>&1 || fail "there is no systemd here."
    if [ -z "$image" ] && [ ! -d /run/systemd/system ]; then
        fail "systemd does not run here. In a chroot, for an image: \"./install.sh --image\"."
    fi
    case $debian in bookworm | trixie) ;; *) say "Hearth is tried on Debian 12 (bookworm) and 13 (trixie); this is $debian. Going on." ;; esac
    said=''
    [ -f "$OPTIONS" ] && said=$(sed -n 's/^data *= *"\(.*\)".*/\1/p' "$OPTIONS")
    if [ -n "$said" ] && [ -n "$data" ] && [ "$said" != "$data" ]; then
        fail "$OPTIONS says that the data lie in $said, not in $data. Change that line, or leave --data away."
    fi
    data=${data:-${said:-/srv/hearth}}
    case $data in
        /*[!A-Za-z0-9/_.-]* | [!/]* | */../* | */..) fail "--data wants a whole path of letters, digits, dots, dashes and slashes, not \"$data\"." ;;
        / | /etc* | /usr* | /bin* | /boot* | /proc* | /sys* | /dev* | /root* | /home | /var | /opt* | /run* | /tmp*)
            fail "$data is no place for what people keep: it belongs to the system. The usual one is /srv/hearth." ;;
    esac
    look_at_disk
    look_at_data "$data"
    look_at_ports
    missing=''
    for package in $NEEDED $WANTED; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    running=''
    [ -L "$PROGRAM/current" ] && running=$(basename "$(readlink "$PROGRAM/current")")
    [ -f "$PROGRAM/trying" ] && running=$(cat "$PROGRAM/trying")    # a run before was cut off while it tried another
    if [ -n "$running" ] && [ ! -f "$PROGRAM/$running/whole" ]; then running=''; fi
}

# look_at_data FOLDER: which of the three it is, in $found: "ours", "new"; anything else is refused.
look_at_data() {
    lies=$1
    while [ ! -d "$lies" ]; do lies=$(dirname "$lies"); done
    case $(findmnt -no FSTYPE -T "$lies" 2>/dev/null || :) in
        vfat | msdos | exfat | ntfs | ntfs3 | fuseblk | hfsplus | iso9660 | cifs | smb3 | 9p)
            fail "$1 lies on a file system that cannot keep what Hearth needs (extended attributes). Choose a folder on ext4, XFS or btrfs \
with --data, or copy the disk's files elsewhere and give it ext4 yourself; install.sh never formats anything." ;;
    esac
    if [ -f "$1/.hearth/FORMAT" ]; then
        found=ours
        format=$(sed -n 1p "$1/.hearth/FORMAT")
        known=$(sed -n 's/^FORMAT = \([0-9]*\).*/\1/p' appliance/storage/disk.py)
        case $format in
            '' | *[!0-9]*) fail "$1/.hearth/FORMAT cannot be read: the disk is not whole. Look with \"fsck\", or restore a backup." ;;
        esac
        [ "$format" -le "$known" ] || fail "$1 was written by a newer Hearth (format $format). Install that version or a newer one."
        owner=$(stat -c %u "$1/.hearth/FORMAT")
    elif [ -e "$1/people" ] || [ -e "$1/projects" ] || [ -e "$1/.hearth" ]; then
        fail "$1 holds people's files but no .hearth/FORMAT: this is not the whole storage. Is the right disk mounted there?"
    elif [ -d "$1" ] && [ -n "$(find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found | head -n 1)" ]; then
        fail "$1 is not empty, and what is in it is not Hearth's. Choose an empty folder with --data, or move that away."
    else
        found=new
    fi
}

# A partition that is to be mounted: looked at read-only, where nobody sees it.
look_at_disk() {
    mounted=$(findmnt -no SOURCE --mountpoint "$data" 2>/dev/null || :)
    [ -n "$disk" ] || return 0
    [ -b "$disk" ] || fail "$disk is no disk here. \"lsblk -f\" lists them."
    [ "$(dirname "$data")" = /srv ] || fail "a disk is mounted at /srv/NAME; leave --data away."
    kind=$(blkid -p -o value -s TYPE "$disk" || :)
    uuid=$(blkid -p -o value -s UUID "$disk" || :)
    case $kind in
        ext4) quietly=,noload ;;
        xfs) quietly=,norecovery ;;
        btrfs) quietly= ;;
        '') fail "$disk has no file system. If there is nothing on it that anybody needs: \"mkfs.ext4 -L hearth $disk\", then again. \
install.sh never formats anything." ;;
        *) fail "$disk has $kind, which cannot keep what Hearth needs. Copy its files elsewhere and give it ext4 yourself \
(\"mkfs.ext4 -L hearth $disk\"); install.sh never formats anything." ;;
    esac
    if [ -n "$mounted" ]; then
        [ "$(findmnt -no UUID --mountpoint "$data")" = "$uuid" ] || fail "another disk is mounted at $data: $mounted. Unmount that first."
        return 0
    fi
    if [ -d "$data" ] && [ -n "$(ls -A "$data")" ]; then
        fail "$data has files of its own, which the disk would hide. Move them away first."
    fi
    glance=$(mktemp -d)
    mount -t "$kind" -o "ro,nosuid,nodev,noexec$quietly" "$disk" "$glance" || fail "$disk cannot be mounted. Look at it with \"fsck -n $disk\"."
    ( look_at_data "$glance" ) || { umount "$glance"; rmdir "$glance"; exit 1; }
    if [ -f "$glance/.hearth/FORMAT" ]; then owns=$(stat -c %u "$glance/.hearth/FORMAT"); holds="what a Hearth box keeps"; else owns='' holds=nothing; fi
    umount "$glance"
    rmdir "$glance"
}

# Somebody else at our ports, before anything is installed.
look_at_ports() {
    [ -z "$image" ] && command -v ss >/dev/null 2>&1 && [ ! -f "$OPTIONS" ] || return 0
    for port in 80 443; do
        taken=$(ss -Hltnp "sport = :$port" | sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | head -n 1)
        [ -z "$taken" ] || fail "$taken listens at port $port already. Stop it (\"systemctl disable --now $taken\"), or write other \
addresses into $OPTIONS first, for instance: listen = [\"http://[::]:9200\"]."
    done
}

plan() {
    number=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
    say "Hearth $number on $debian ($machine). This is going to happen:"
    [ -z "$missing" ] || [ -n "$image" ] || say "  - install from Debian:$missing"
    if id hearth >/dev/null 2>&1; then :; else say "  - make the user hearth, as whom it runs"; fi
    [ -z "$disk" ] || [ -n "$mounted" ] || say "  - mount $disk ($kind, with $holds on it) at $data, now and at every start"
    if [ -n "$disk" ] && [ -z "$mounted" ]; then :
    elif [ "$found" = ours ]; then say "  - keep what lies in $data"
    else say "  - make an empty storage in $data"; fi
    if [ -n "$running" ]; then say "  - put this version beside $running in $PROGRAM and change over; if it does not get ready, $running comes back"
    else say "  - put the program into $PROGRAM and the command hearth into $COMMAND"; fi
    [ -f "$OPTIONS" ] || say "  - write $OPTIONS: it answers at the ports 80 and 443"
    [ -n "$image" ] || say "  - start it, now and at every start"
    say "Nothing is formatted, and nothing of what people keep is changed."
    [ -z "$sure" ] && [ -t 0 ] || return 0
    printf 'Go on? [Y/n] ' >&2
    read -r reply
    case $reply in '' | [yYjJ]*) ;; *) fail "nothing was changed." ;; esac
}

# The steps.

install_box() {
    trap '[ "$?" = 0 ] || [ -n "${explained:-}" ] || say "It stopped in the middle. Run it again: it goes on where it stopped."' EXIT
    step_packages
    step_disk
    step_user
    step_folders
    step_program
    step_options
    if [ -n "$image" ]; then
        put_units "$version"
        ln -sfn "$version" "$PROGRAM/current"
        # shellcheck disable=SC2086                 # several words
        systemctl --no-reload enable $ENABLED >/dev/null 2>&1 || systemctl enable $ENABLED
        say "Hearth $version is installed; it starts with the system."
    else
        step_change_over
        tell
    fi
}

step_packages() {
    [ -n "$missing" ] || return 0
    if [ -n "$image" ]; then                        # whoever builds the image brings them: ./install.sh packages
        for package in $NEEDED; do
            case " $missing " in *" $package "*) fail "the Debian package $package is missing in this system." ;; esac
        done
        return 0
    fi
    say "installing$missing ..."
    export DEBIAN_FRONTEND=noninteractive
    # By itself it takes a network that is not there for a small matter.
    reached=1
    apt-get update -qq -o APT::Update::Error-Mode=any >&2 || { reached=''; say "apt-get update failed; going on"; }
    had_avahi=$(command -v avahi-daemon || :)
    for package in $missing; do                     # one by one: what only a feature needs must not stop the rest
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 && continue
        case " $NEEDED " in *" $package "*) fail "the Debian package $package could not be installed. Is the network there? Try \"apt-get install $package\"." ;; esac
        say "no $package; what needs it is missing until \"apt-get install $package\" works"
        [ -n "$reached" ] || { say "Debian's packages are out of reach; the rest is not tried. Run it again when the network is there, for:$missing"; break; }
    done
    # Only where nobody relied on another name yet.
    if [ -z "$had_avahi" ] && [ -f /etc/avahi/avahi-daemon.conf ]; then
        sed -i 's/^#host-name=.*/host-name=hearth/' /etc/avahi/avahi-daemon.conf
        [ -n "$image" ] || systemctl try-restart avahi-daemon || :
    fi
}

step_disk() {
    [ -n "$disk" ] && [ -z "$mounted" ] || return 0
    unit=$(systemd-escape -p --suffix=mount "$data")
    mkdir -p "$data"
    what=/dev/disk/by-uuid/$uuid
    [ -e "$what" ] || what=$disk                    # nobody gives disks their names here (a container without udev)
    cat > "/etc/systemd/system/$unit" <<END
# The disk with all that people keep; written by install.sh. It is known by its own number, whatever port it is in.
[Unit]
Description=What people keep in Hearth
Before=hearth.service

[Mount]
What=$what
Where=$data
Type=$kind
Options=noatime,nosuid,nodev,noexec
TimeoutSec=30s

# Whenever the disk appears, it is mounted, and with it comes the server.
[Install]
WantedBy=$(systemd-escape -p --suffix=device "$what")
END
    mkdir -p /etc/systemd/system/hearth.service.d
    printf '[Install]\nWantedBy=%s\n' "$unit" > /etc/systemd/system/hearth.service.d/disk.conf
    systemctl daemon-reload
    systemctl enable --quiet "$unit"
    [ "$what" != "$disk" ] && systemctl start "$unit" 2>/dev/null || mount -t "$kind" -o noatime,nosuid,nodev,noexec "$disk" "$data" || fail "$disk cannot be mounted at $data."
    look_at_data "$data"
    [ -z "$owns" ] || owner=$owns
}

# The user that owns what is there already, if such a number is free: then nothing need be given to anybody.
step_user() {
    id hearth >/dev/null 2>&1 && return 0
    uid=$NUMBER
    if [ "$found" = ours ] && [ "$owner" -ge 100 ] && [ "$owner" -lt 1000 ]; then uid=$owner; fi
    ! getent passwd "$uid" >/dev/null && ! getent group "$uid" >/dev/null || uid=''
    [ -z "$uid" ] || groupadd --system --gid "$uid" hearth
    # shellcheck disable=SC2086                     # nothing, or two words
    useradd --system ${uid:+--uid $uid --gid $uid} --home-dir "$data" --no-create-home --shell /usr/sbin/nologin --comment Hearth hearth
}

step_folders() {
    install -d -m 755 "$PROGRAM" "$UNITS" "$(dirname "$COMMAND")" /etc/hearth
    install -d -m 700 -o hearth -g hearth "$CACHE"
    [ -d "$data" ] || install -d -m 750 -o hearth -g hearth "$data"
    if [ "$(stat -c %U "$data")" != hearth ] || { [ "$found" = ours ] && [ "$owner" != "$(id -u hearth)" ]; }; then
        say "giving $data to the user hearth ..."
        find "$data" -xdev \( -uid "${owner:-0}" -o -uid 0 \) ! -type l -exec chown --no-dereference hearth:hearth {} +
        chmod 750 "$data"
    fi
    python3 -c 'import os, sys
probe = sys.argv[1] + "/.hearth-probe"
open(probe, "w").close()
try:
    os.setxattr(probe, "user.hearth.id", b"1")
finally:
    os.unlink(probe)' "$data" 2>/dev/null ||
        fail "the file system of $data has no user extended attributes, or cannot be written. Choose a folder on ext4, XFS or btrfs with --data."
}

# Everything of this version, in a folder of its own; whole when "whole" lies in it.
step_program() {
    python=$(find_python)
    sources=$(find appliance web systemd pyproject.toml -type f ! -name '*.pyc' ! -path '*/node_modules/*' | LC_ALL=C sort)
    # shellcheck disable=SC2086                     # many words
    version=$number-$({ "$python" -V; sha256sum $sources; } | sha256sum | cut -c1-8)
    place=$PROGRAM/$version
    [ ! -f "$place/whole" ] || return 0
    say "making $place ..."
    rm -rf "$place"
    mkdir -p "$place/bin"
    printf '%s\n' "$sources" | tar -cf - -T - | tar -xf - -C "$place" --no-same-owner
    printf '%s\n' "$version" > "$place/VERSION"
    step_environment
    cat > "$place/bin/hearth" <<END
#!/bin/sh
# Where the processor does not help with AES (Pi 3 and 4), ChaCha20 comes first; of TLS 1.3 only OpenSSL's own options say that.
grep -qiw aes /proc/cpuinfo || export OPENSSL_CONF=$place/systemd/openssl-chacha.cnf
exec $place/venv/bin/python -I -m appliance "\$@"
END
    chmod 755 "$place/bin/hearth"
    chmod -R u=rwX,go=rX "$place"
    "$place/bin/hearth" version >/dev/null || fail "this version cannot be started."
    sync -f "$place"
    touch "$place/whole"
}

# The Python packages: those of the version before, where they are the same ones, so that most upgrades need no network.
step_environment() {
    made=$({ "$python" -V; cat appliance/requirements.lock; } | cksum)
    if [ -n "$running" ] && [ "$(cat "$PROGRAM/$running/venv/made-of" 2>/dev/null)" = "$made" ]; then
        cp -a "$PROGRAM/$running/venv" "$place/venv"
    else
        "$python" -m venv "$place/venv"
        # shellcheck disable=SC2086                 # nothing, or several words
        "$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-cache-dir --no-compile --require-hashes \
            ${wheels:+--no-index --find-links $wheels} --prefer-binary -r appliance/requirements.lock >&2 ||
            fail "the Python packages could not be installed. Is the network there? Without one: --wheels FOLDER."
        "$place/venv/bin/python" -m pip uninstall --quiet --yes pip setuptools 2>/dev/null || :
        printf '%s\n' "$made" > "$place/venv/made-of"
    fi
    for packages in "$place"/venv/lib/python3*/site-packages; do printf '%s\n' "$place" > "$packages/hearth.pth"; done
    # Never looked at again and the same in every build: what the sandbox could not write, and an image wants reproducible.
    "$place/venv/bin/python" -m compileall -q --invalidation-mode unchecked-hash "$place/venv/lib" "$place/appliance" >/dev/null || :
}

step_options() {
    if [ ! -f "$OPTIONS" ]; then
        cat > "$OPTIONS.new" <<END
# The options of Hearth. Every one, its default and its reason: $PROGRAM/current/appliance/core/config.py
# After a change: systemctl restart hearth
listen = ["http://[::]:80", "https://[::]:443"]
END
        [ "$data" = /srv/hearth ] || printf 'data = "%s"\n' "$data" >> "$OPTIONS.new"
        chmod 640 "$OPTIONS.new"
        mv "$OPTIONS.new" "$OPTIONS"
    fi
    chgrp hearth "$OPTIONS"                         # also of one that was kept: the user may have been made anew, with another number
    if [ -d /etc/avahi/services ]; then install -m 644 "$place/systemd/hearth.avahi" "$ANNOUNCED"; fi
}

# put_units VERSION: its units instead of those that are there.
put_units() {
    if [ -f "$PROGRAM/units" ]; then while read -r unit; do rm -f "$UNITS/$unit"; done < "$PROGRAM/units"; fi
    : > "$PROGRAM/units"
    for unit in "$PROGRAM/$1"/systemd/hearth*.service "$PROGRAM/$1"/systemd/hearth*.timer; do
        sed "s#/srv/hearth#$data#g" "$unit" > "$UNITS/$(basename "$unit")"
        basename "$unit" >> "$PROGRAM/units"
    done
    printf '#!/bin/sh\nexec %s/current/bin/hearth "$@"\n' "$PROGRAM" > "$COMMAND"
    chmod 755 "$COMMAND"
}

# start VERSION: let it run; false where it is not ready within three minutes, or has died three times.
start() {
    put_units "$1"
    ln -sfn "$1" "$PROGRAM/next"
    mv -T "$PROGRAM/next" "$PROGRAM/current"
    systemctl daemon-reload
    # shellcheck disable=SC2086                     # several words
    systemctl enable --quiet $ENABLED
    systemctl reset-failed hearth.service 2>/dev/null || :
    systemctl restart --no-block hearth.service
    tries=0
    until "$PROGRAM/$version/bin/hearth" ready --wait 5 >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 36 ] && [ "$(systemctl show hearth.service -p NRestarts --value)" -lt 3 ] || return 1
    done
}

last_words() { journalctl -u hearth.service -b -n 5 -o cat --no-pager >&2 || :; }

step_change_over() {
    if [ "$running" = "$version" ] && systemctl is-active --quiet hearth.service &&
        "$place/bin/hearth" ready --wait 5 >/dev/null 2>&1; then
        put_units "$version"
        systemctl daemon-reload
        say "Hearth $version runs already."
    elif [ -z "$running" ] || [ "$running" = "$version" ]; then
        start "$version" || { explained=1; last_words; fail "Hearth does not get ready. Its log: journalctl -u hearth -n 50."; }
    else
        say "changing over from $running to $version ..."
        printf '%s\n' "$running" > "$PROGRAM/trying"
        if start "$version"; then
            rm "$PROGRAM/trying"
        else
            say "$version does not get ready; going back to $running ..."
            last_words
            start "$running" || { explained=1; fail "$running does not get ready either. Its log: journalctl -u hearth -n 100."; }
            rm "$PROGRAM/trying"
            rm -rf "$place"
            explained=1
            fail "the new version did not get ready. $running runs again, and nothing of what people keep was changed. The log: journalctl -u hearth."
        fi
    fi
    for unit in $ENABLED; do case $unit in *.timer) systemctl start "$unit" ;; esac; done
    for old in "$PROGRAM"/*/; do                    # this one and the one before stay
        old=$(basename "$old")
        [ "$old" = current ] || [ "$old" = "$version" ] || [ "$old" = "$running" ] || rm -rf "${PROGRAM:?}/$old"
    done
}

# Where it can be reached, and while nobody has an account, the link that makes the first one.
tell() {
    name=$(sed -n 's/^host-name=//p' /etc/avahi/avahi-daemon.conf 2>/dev/null || :)
    say "Hearth $version runs."
    code=$(journalctl -u hearth.service -b -o cat --no-pager 2>/dev/null | sed -n 's#^make the first account at .*/setup?code=\([a-z0-9]*\)$#\1#p' | tail -n 1)
    if [ -z "$code" ] || [ -n "$("$COMMAND" user list 2>/dev/null)" ]; then return 0; fi
    say "Make the first account, within a day, at one of"
    for host in "${name:-$(hostname)}.local" $(hostname -I 2>/dev/null); do
        case $host in fe80:*) ;; *:*) say "  http://[$host]/setup?code=$code" ;; *) say "  http://$host/setup?code=$code" ;; esac
    done
}

# Taking it away.

uninstall() {
    if [ ! -d "$PROGRAM" ] && [ ! -f "$PROGRAM/units" ]; then say "Hearth is not installed here."; exit 0; fi
    kept=$(sed -n 's/^data *= *"\(.*\)".*/\1/p' "$OPTIONS" 2>/dev/null || :)
    kept=${kept:-/srv/hearth}
    say "The program goes. What people keep in $kept stays, and so do $OPTIONS and the user hearth, to whom it belongs."
    if [ -z "$sure" ] && [ -t 0 ]; then
        printf 'Go on? [Y/n] ' >&2
        read -r reply
        case $reply in '' | [yYjJ]*) ;; *) fail "nothing was changed." ;; esac
    fi
    # shellcheck disable=SC2086                     # several words
    systemctl disable --quiet --now $ENABLED 2>/dev/null || :
    if [ -f "$PROGRAM/units" ]; then
        while read -r unit; do
            systemctl stop --quiet "$unit" 2>/dev/null || :
            rm -f "$UNITS/$unit"
        done < "$PROGRAM/units"
    fi
    rm -rf "$PROGRAM" "$COMMAND" "$ANNOUNCED" "$CACHE"
    systemctl daemon-reload
    say "Done. \"sudo ./install.sh\" brings it back, with everything that is in $kept."
}
