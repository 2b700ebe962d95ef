#!/bin/bash
# machine-image.sh FOLDER: puts a kernel (vmlinuz) and a first file system (initrd.gz) for Tests/lab/machine.sh into FOLDER, unless they are
# there already. The kernel package is Debian's newest, fetched with apt but not installed.
set -euo pipefail
folder=$1
[ "$folder/initrd.gz" -nt "$0" ] && [ -e "$folder/vmlinuz" ] && exit 0
export PATH=$PATH:/usr/sbin:/sbin
work=$folder/work
rm -rf "$work"; mkdir -p "$work/root"/{bin,proc,sys,dev,host,modules}

if ! ls "$folder"/linux-image-*.deb >/dev/null 2>&1; then
    for attempt in 1 2 3 4; do
        # The machine's own lists may name a package that the mirror no longer has: try again with new lists in a folder of ours.
        apt=(apt-get -qq -oAPT::Sandbox::User=root)
        if [ $attempt -gt 1 ]; then
            mkdir -p "$work/lists/partial"
            apt+=("-oDir::State::Lists=$work/lists" "-oDir::Cache::pkgcache=" "-oDir::Cache::srcpkgcache=")
            "${apt[@]}" update || echo "vm: attempt $attempt: some package lists did not refresh" >&2
        fi
        name=$(apt-cache "${apt[@]:2}" depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ && !n++ { print $2 }')
        [ -n "$name" ] && (cd "$work" && "${apt[@]}" download "$name") && mv "$work"/linux-image-*.deb "$folder/" && break
        [ $attempt = 4 ] && { echo "vm: could not fetch Debian's kernel (${name:-linux-image-amd64} is in no package list)" >&2; exit 1; }
        sleep $((attempt * 5))
    done
fi
dpkg -x "$folder"/linux-image-*.deb "$work/kernel"
version=$(ls "$work/kernel/lib/modules")
depmod -b "$work/kernel" "$version"

cp "$(command -v busybox)" "$work/root/bin/"
# drbg, jitterentropy_rng and echainiv are required: without them a cbc ESP state is refused with "Kernel was
# unable to initialize cryptographic operations".
for module in virtio_pci virtio_rng virtio_net 9pnet_virtio 9p overlay veth tun \
    sha256_generic sha512_generic drbg ctr jitterentropy_rng seqiv echainiv authenc authencesn cbc gcm ghash-generic des_generic md5 \
    esp4 esp6 xfrm_user xfrm_interface pppoe ppp_async ppp_synctty nf_tables nft_chain_nat nft_nat nft_masq nft_ct nft_redir \
    iptable_filter iptable_nat ip6table_filter ip6table_nat xt_policy xt_conntrack xt_MASQUERADE \
    bridge nf_flow_table nf_flow_table_inet nft_flow_offload nf_conntrack_netlink xt_TCPMSS; do
    modprobe -d "$work/kernel" -S "$version" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r file; do
    cp "$file" "$work/root/modules/"
    basename "$file"
done >"$work/root/modules/order"

cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
while read -r file; do $b insmod "/modules/$file" 2>/dev/null; done </modules/order
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /host
# The project may be below /tmp or /run, which the guest has for itself: it is mounted there again.
$b mkdir /project; $b mount --bind "/host/$PROJECT" /project
for d in tmp run; do $b mount -t tmpfs $d /host/$d; done
$b mkdir -p /host/run/lock /host/run/netns /host/tmp/share
[ -d "/host/$PROJECT" ] || $b mkdir -p "/host/$PROJECT"
$b mount --bind /project "/host/$PROJECT"
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /host/tmp/share
$b mount -t proc proc /host/proc; $b mount -t sysfs sys /host/sys; $b mount --bind /dev /host/dev
$b mkdir -p /dev/pts /dev/shm; $b mount -t devpts -o ptmxmode=666 pts /host/dev/pts; $b mount -t tmpfs shm /host/dev/shm
$b ln -s /proc/self/fd /dev/fd; $b ln -s fd/0 /dev/stdin; $b ln -s fd/1 /dev/stdout; $b ln -s fd/2 /dev/stderr
$b ip link set lo up
$b env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 RESULTS=/tmp/share $b chroot /host \
    /bin/bash -c 'cd /tmp; . /tmp/share/command' </dev/null >/host/tmp/share/output 2>&1
echo $? >/host/tmp/share/status
$b sync
$b poweroff -f
INIT
chmod +x "$work/root/init"
cp "$work"/kernel/boot/vmlinuz-* "$folder/vmlinuz"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"
mv "$work/initrd.gz" "$folder/initrd.gz"
rm -rf "$work"
