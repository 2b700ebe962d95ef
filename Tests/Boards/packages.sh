#!/bin/bash
# packages.sh: builds the packages, checks the ipk as opkg and sysupgrade do, and installs the deb with dpkg into a copy of this machine's
# files (an overlay in a mount namespace, with its own network and processes), where Debian's own ifup, ppp and udev call the hooks.
# The binaries of .build/ship are built again first, unless SKIP_BINARY is set.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
die() { echo "packages: $*" >&2; exit 1; }
have() { [[ $1 == *"$2"* ]] || die "no '$2' in: $1"; }
# A time limit for the whole script.
within() { local end=$((SECONDS + $1)); shift; until "$@"; do [ $SECONDS -lt $end ] || die "not within the time: $*"; sleep 0.1; done; }

# MARK: Inside: the copy of this machine
running() { [[ $(ipsec setup status 2>&1) == "IPsec running"* ]]; }
enabled() { compgen -G '/etc/rc2.d/S*ipsec' >/dev/null; }
inside() {
    local deb=$1 interface name
    mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run; mkdir -p /run/lock
    ip link set lo up
    # The copy has no other ipsec and no configuration of one.
    for name in strongswan-starter libreswan; do dpkg --force-depends --purge $name >/dev/null 2>&1 || true; done
    rm -rf /etc/ipsec.conf /etc/ipsec.secrets /etc/ipsec.d
    dpkg -i "$deb" >/run/dpkg 2>&1 || die "dpkg -i: $(cat /run/dpkg)"
    [ "$(dpkg-query -W -f '${db:Status-Status}' ipsec)" = installed ] || die "not installed: $(cat /run/dpkg)"
    [ "$(command -v ipsec)" = /usr/sbin/ipsec ] || die "'ipsec' is $(command -v ipsec)"
    have "$(ipsec --version 2>&1; ipsec help)" setup
    enabled || die "installing does not enable it"
    running && die "installing starts it, before it was configured"

    # The init script. The first start makes a key; here it makes a short one, which takes less time.
    ipsec newhostkey --bits 1024 --output /etc/ipsec.secrets 2>/dev/null
    /etc/init.d/ipsec start; running || die "start does not start it"
    have "$(/etc/init.d/ipsec status)" running
    have "$(QUERY_STRING=json sh /usr/share/ipsec/www/cgi-bin/ipsec)" '"connections": ['
    /etc/init.d/ipsec restart; running || die "restart does not start it again"
    printf 'conn broken\n\tleft=nonsense nonsense\n' >>/etc/ipsec.conf
    if /etc/init.d/ipsec reload >/dev/null 2>&1; then die "reload takes a broken ipsec.conf"; fi
    running || die "a refused reload stops it"
    printf 'config setup\n\thotplugstart=yes\n# ours\n' >/etc/ipsec.conf
    before=$(cat /var/run/pluto/pluto.pid)
    /etc/init.d/ipsec reload; running || die "reload stops it"
    [ "$before" = "$(cat /var/run/pluto/pluto.pid)" ] || die "reload starts it anew"
    /etc/init.d/ipsec stop; running && die "stop does not stop it"
    /etc/init.d/ipsec disable; enabled && die "disable leaves it enabled"
    /etc/init.d/ipsec enabled && die "'enabled' says yes after disable"
    /etc/init.d/ipsec enable; enabled || die "enable does not"
    /etc/init.d/ipsec enabled || die "'enabled' says no after enable"

    # The hooks, called by their programs. With hotplugstart=yes each starts the daemon if it does not run.
    ip link add left type veth peer name right
    printf 'iface left inet static\n\taddress 192.0.2.1/24\n' >/etc/network/interfaces
    ifup left; running || die "ifup's hook does not start it"
    ifdown left; running || die "ifdown's hook stops it"
    /etc/init.d/ipsec stop
    /etc/ppp/ip-up left /dev/null 38400 192.0.2.1 192.0.2.2 dsl; running || die "pppd's ip-up does not start it"
    /etc/init.d/ipsec stop
    /etc/ppp/ip-down left /dev/null 38400 192.0.2.1 192.0.2.2 dsl; running && die "pppd's ip-down starts it"
    (. /usr/share/ipsec/pcmcia-network.opts; start_fn left); running || die "cardmgr's start_fn does not start it"
    interface=$(udevadm test --action=add /sys/class/net/left 2>&1) || true
    have "$interface" "90-ipsec.rules:2 RUN '/usr/sbin/ipsec hotplug'"

    # An update keeps the configuration and the daemon runs on; removal stops the daemon and keeps the configuration; purging deletes it.
    dpkg --force-confdef -i "$deb" >/run/dpkg 2>&1 || die "dpkg -i again: $(cat /run/dpkg)"
    have "$(cat /etc/ipsec.conf)" "# ours"
    running || die "an update stops it"
    dpkg -r ipsec >/run/dpkg 2>&1 || die "dpkg -r: $(cat /run/dpkg)"
    [ ! -e /usr/sbin/ipsec ] && [ -e /etc/ipsec.conf ] && [ -e /etc/ipsec.secrets ] || die "what dpkg -r leaves is wrong"
    pgrep -x ipsec >/dev/null && die "removal leaves it running"
    dpkg -P ipsec >/run/dpkg 2>&1 || die "dpkg -P: $(cat /run/dpkg)"
    [ ! -e /etc/ipsec.conf ] && [ ! -e /etc/init.d/ipsec ] || die "what dpkg -P leaves is wrong"
    [ -e /etc/ipsec.secrets ] || die "dpkg -P takes the keys away"
    echo "deb: installed, started, called by ifup, ppp, PCMCIA and udev, updated and removed"
}
if [ "${1:-}" = --inside ]; then inside "$2"; exit; fi

[ "$(id -u)" = 0 ] || { echo "dpkg needs root"; exit 77; }
for tool in ifup udevadm pppd dpkg-deb; do command -v $tool >/dev/null || { echo "'$tool' is missing: Tests/setup installs it"; exit 77; }; done
work=$(mktemp -d /tmp/cygnet-packages.XXXXXX)
trap 'rm -rf "$work"' EXIT

# MARK: The ipk
ipk() {
    local target=$1 machine=$2 package root=$work/ipk-$1 mode destination kind source name
    Board/package ipk "$target" >"$work/built"
    package=$(sed 's/: .*//' "$work/built")
    # opkg takes a gzipped tar of these three, in this order.
    [ "$(tar -tzf "$package" | tr '\n' ' ')" = "./debian-binary ./control.tar.gz ./data.tar.gz " ] || die "$package: $(tar -tzf "$package")"
    mkdir -p "$root/control" "$root/data"
    [ "$(tar -xOzf "$package" ./debian-binary)" = 2.0 ] || die "$package: debian-binary is not 2.0"
    tar -xOzf "$package" ./control.tar.gz | tar -xz -C "$root/control"
    tar -xOzf "$package" ./data.tar.gz | tar -xzp -C "$root/data"
    [ "$(cd "$root/control"; echo *)" = "conffiles control postinst prerm" ] || die "$package: control.tar.gz: $(ls "$root/control")"
    for name in Package Version Architecture Depends Installed-Size Description; do grep -q "^$name: ." "$root/control/control" || die "$package: no $name"; done
    [ "$(cat "$root/control/conffiles")" = /etc/ipsec.conf ] || die "$package: conffiles: $(cat "$root/control/conffiles")"
    have "$(readelf -h "$root/data/usr/sbin/ipsec")" "$machine"
    [ -z "$(tar -xOzf "$package" ./data.tar.gz | tar -tvz --numeric-owner | awk '$2 != "0/0" || $NF !~ "^\\./"')" ] || die "$package: owners or names"
    while read -r source destination mode kind; do
        case $source in '' | '#'*) continue ;; esac
        if [[ ,$kind, == *,ipk,* ]]; then
            [ "$(stat -c %a "$root/data$destination")" = "$mode" ] || die "$package: $destination has not mode $mode"
        else
            [ ! -e "$root/data$destination" ] || die "$package: $destination is not for OpenWrt"
        fi
    done <Board/files
    # sysupgrade finds in these lists the files that it keeps.
    : >"$root/data/etc/ipsec.secrets"; mkdir "$root/data/etc/ipsec.d"; : >"$root/data/etc/ipsec.d/own"; : >"$root/data/etc/ipsec.conf.before"
    [ "$(sed "s,^,$root/data," "$root"/data/lib/upgrade/keep.d/* | xargs -I{} find {} -type f 2>/dev/null | sed "s,^$root/data,," | sort | tr '\n' ' ')" = \
        "/etc/ipsec.conf /etc/ipsec.conf.before /etc/ipsec.d/own /etc/ipsec.secrets " ] || die "$package: sysupgrade would not keep the configuration"
    # Unpacked into an image, the package's scripts change nothing on the machine that makes the image.
    (cd "$root/control"; IPKG_INSTROOT=$root/data sh ./postinst; IPKG_INSTROOT=$root/data sh ./prerm) || die "$package: its scripts fail in an image"
    cp "$package" "$work/first"; Board/package ipk "$target" >/dev/null
    cmp "$package" "$work/first" || die "$package: not the same bytes twice"
    echo "ipk: $package is laid out as opkg and sysupgrade need it"
}
ipk armv7 ARM
ipk mipsel MIPS

# MARK: The deb
Board/package deb x86_64 >"$work/built"
deb=$(realpath "$(sed 's/: .*//' "$work/built")")
mkdir "$work/copy"
unshare -mnpf --kill-child bash -euc '
    mount -t tmpfs copy "$1"; mkdir "$1"/{upper,work,root}
    mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
    mount --rbind /dev "$1/root/dev"
    mkdir -p "$1/root$2"; mount --bind "$2" "$1/root$2"
    exec chroot "$1/root" /bin/bash "$2/Tests/Boards/packages.sh" --inside "$3"
' packages "$work/copy" "$PWD" "$deb"
