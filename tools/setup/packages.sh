#!/bin/sh
# Installs the Debian packages that a task needs and that are missing:
#   tools/setup/packages.sh [-n] TASK...     tasks: build static demo check boards bench
# -n only tells. Does nothing, quickly, when all are there. Needs root or sudo otherwise.
set -eu

packages() {
    sed 's/#.*//' <<'LIST'
build   gcc                      # compiler of the command and the library
build   libc6-dev                # its C library
build   xz-utils                 # BearSSL's tarball
build   ca-certificates          # the public roots that are compiled in
static  musl-tools               # C library of the static command
demo    openssl                  # makes Pebble's HTTPS certificate, looks at what was issued
demo    pebble                   # the ACME server of demo, tests and bench
demo    curl                     # asks Pebble for its root certificate
check   git                      # the time of the last commit is the build time
check   cmake                    # tests of CMakeLists.txt and of the CMake package
check   pkg-config               # tests of the installed library
check   g++                      # the same in C++
check   gcc-aarch64-linux-gnu    # a cross build of the command
check   libc6-dev-arm64-cross    # its C library
check   gcc-arm-linux-gnueabihf  # another, whose longs have 32 bits
check   libc6-dev-armhf-cross    # its C library
check   qemu-user                # runs it
check   libcmocka-dev            # unit tests
check   libasan8                 # sanitizer build
check   libubsan1                # the same
check   python3                  # runner, layer check, stack check
check   python3-pytest           # end-to-end tests
check   python3-cryptography     # they look at certificates with it
check   libfaketime              # gives it a wrong clock
check   strace                   # kills the command at every change on disk
check   libslirp-dev             # user network of the tests over lwIP
check   clang                    # second compiler, fuzzing
check   libclang-rt-14-dev       # its sanitizers and libFuzzer
check   cppcheck                 # make lint
check   gcc-arm-none-eabi        # sizes and stack on Cortex-M3
check   libnewlib-arm-none-eabi  # headers for it
boards  qemu-system-arm          # the boards
boards  qemu-system-misc         # riscv-virt
boards  gcc-riscv64-unknown-elf  # the same
boards  picolibc-riscv64-unknown-elf # its C library
boards  curl                     # fetches their HTTPS page
bench   python3                  # runs it
bench   python3-cryptography     # certificates of the servers
bench   uacme                    # the clients that we measure against
bench   lego                     # the same
LIST
}

# Each task brings what it stands on.
wanted() {
    for task; do
        case $task in
        build) echo build ;;
        static) echo build static ;;
        demo) echo build demo ;;
        check) echo build static demo check ;;
        boards) echo build static demo check boards ;;
        bench) echo build static demo bench ;;
        *) echo "tools/setup/packages.sh: unknown task: $task" >&2; return 1 ;;
        esac
    done
}

tell=no
[ "${1-}" != -n ] || { tell=yes; shift; }
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
tasks=$(wanted "$@")

missing=
for package in $(packages | awk -v tasks="$tasks" '
        BEGIN { n = split(tasks, list); for (i = 1; i <= n; i++) want[list[i]] = 1 }
        want[$1] && !seen[$2]++ { print $2 }'); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$tell" = yes ]; then
    echo "missing:$missing"
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "tools/setup/packages.sh: these packages are missing, and there is neither root nor sudo to install them. As root, run:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
        --no-install-recommends install $missing >"$log" 2>&1 </dev/null
}
# The package lists of a fresh machine are often missing or old.
install || { $as_root apt-get -q update >"$log" 2>&1 </dev/null && install; } || {
    tail -n 20 "$log" >&2
    echo "tools/setup/packages.sh: apt-get could not install:$missing" >&2
    exit 1
}
