#!/usr/bin/env bash
# Runs the tests of src/lanes on an emulated processor, for the instructions that this one has not: Bochs boots a
# kernel of Debian's whose init is the test program. Nothing is installed; what is downloaded stays in compat/.cache.
#
#   compat/emulate.sh [MODEL [TEST]]     MODEL of Bochs, default corei7_skylake_x (AVX-512 without SHA-NI);
#                                        TEST as for `cargo test`
#
# Takes some six minutes once everything is there. Bochs 2.7's model with both, corei7_icelake_u, does not get through
# the kernel's start.
#
# Exit status: that of the tests. 3: Debian's packages cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/.."

model=${1:-corei7_skylake_x} filter=${2:-lanes::}
repository=$PWD
cache=$repository/compat/.cache/emulate
root=$cache/root
mkdir -p "$cache/debs" "$cache/crate/src" "$root"

# --- Bochs, a kernel, a boot loader --------------------------------------------------------------
fetch() {
    local wanted kernel
    kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ {print $2; exit}')
    # Of the packages that these need, those that are not installed.
    wanted=$(apt-get install -s --no-install-recommends bochs bochs-term cpio genisoimage |
        awk '/^Inst/ {print $2}' | grep -v -e '^bochs-wx$' -e '^libgtk-3-common$')
    (cd "$cache/debs" && apt-get download -q $(printf '%s\n' $wanted "$kernel" bochs bochs-term bochsbios vgabios cpio genisoimage isolinux syslinux-common | sort -u))
    for package in "$cache"/debs/*.deb; do dpkg-deb -x "$package" "$root"; done
}
if [ ! -e "$cache/complete" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && fetch >"$cache/fetch.log" 2>&1 || {
        echo "skipped: Bochs and a kernel cannot be had (compat/.cache/emulate/fetch.log)" >&2
        exit 3
    }
    touch "$cache/complete"
fi
libraries=$root/usr/lib/x86_64-linux-gnu

# --- the tests as a static program: the room alone, with the versions and the profile of the crate ---
{
    printf '[package]\nname = "lanes"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n'
    grep -E '^(pbkdf2|proptest|sha2|thiserror|zeroize) = ' Cargo.toml
    sed -n '/^\[profile.release\]/,/^$/p' Cargo.toml
} >"$cache/crate/Cargo.toml"
echo "pub mod lanes;" >"$cache/crate/src/lib.rs"
ln -sfn "$repository/src/lanes.rs" "$repository/src/lanes" "$cache/crate/src/"
cp Cargo.lock "$cache/crate/Cargo.lock"
program=$(RUSTFLAGS="-C target-feature=+crt-static" CARGO_TARGET_DIR=$cache/target cargo test --quiet --release \
    --manifest-path "$cache/crate/Cargo.toml" --target x86_64-unknown-linux-gnu --lib --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1)

# --- the disc: that program is the whole system ---------------------------------------------------
work=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-emulate.XXXXXX")
bochs=
stop() {
    [ -n "$bochs" ] && kill "$bochs" 2>/dev/null
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/disc" "$work/system"
install -m 755 "$program" "$work/system/init"
export LD_LIBRARY_PATH=$libraries
(cd "$work/system" && echo init | "$root/bin/cpio" --quiet -o -H newc) >"$work/disc/system"
cp "$root"/boot/vmlinuz-* "$work/disc/kernel"
cp "$root/usr/lib/ISOLINUX/isolinux.bin" "$root/usr/lib/syslinux/modules/bios/ldlinux.c32" "$work/disc"
# Bochs says more of its saved state than it keeps: with the compact forms the kernel gives AVX up.
# There is no randomness this early, so proptest gets a seed. What stands behind -- are the program's arguments, and
# NAME=value that the kernel does not know is its environment.
cat >"$work/disc/isolinux.cfg" <<END
default tests
label tests
    kernel kernel
    initrd system
    append console=ttyS0 mitigations=off nokaslr nopku clearcpuid=pku,xsaves,xsavec RUST_TEST_THREADS=1 PROPTEST_RNG_SEED=$RANDOM -- $filter --nocapture
END
"$root/usr/bin/genisoimage" -quiet -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
    -o "$work/disc.iso" "$work/disc"

# --- the machine -----------------------------------------------------------------------------------
cat >"$work/bochsrc" <<END
display_library: term
cpu: model=$model, ips=100000000, reset_on_triple_fault=0
memory: guest=512, host=512
romimage: file="$root/usr/share/bochs/BIOS-bochs-latest"
vgaromimage: file="$root/usr/share/bochs/VGABIOS-lgpl-latest"
ata0-master: type=cdrom, path="$work/disc.iso", status=inserted
boot: cdrom
clock: sync=none
com1: enabled=1, mode=file, dev="$work/serial"
log: $work/bochs.log
panic: action=fatal
speaker: enabled=0
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
END
touch "$work/serial"
# Debian's Bochs has its debugger built in, which waits to be told to go on.
echo c >"$work/go"
export LTDL_LIBRARY_PATH=$libraries/bochs/plugins BXSHARE=$root/usr/share/bochs
TERM=vt100 script -qec "'$root/usr/bin/bochs-bin' -q -f '$work/bochsrc' -rc '$work/go'" /dev/null </dev/null >/dev/null 2>&1 &
bochs=$!

# The program is the first of all processes: when it ends, so does the kernel, with its exit status.
deadline=$((SECONDS + 1800))
until grep -q 'Attempted to kill init' "$work/serial"; do
    if ! kill -0 "$bochs" 2>/dev/null || [ $SECONDS -gt $deadline ]; then
        echo "emulate.sh: the machine stopped, or took more than half an hour" >&2
        tail -n 5 "$work/serial" "$work/bochs.log" >&2
        exit 1
    fi
    sleep 1
done
grep -aE '^(running|test |skipped|thread|assertion|failures)|panicked at' "$work/serial" | tr -d '\r'
echo "on $model, emulated"
# The whole system's exit status: the second octet of what wait() would see.
grep -qa 'exitcode=0x00000000' "$work/serial"
