#!/bin/sh
# Prove on a new Debian 12 that nothing is missing: a root of its own, in it Python, git, make and a clone of the last commit.
#
#     sh tests/fresh_root.sh FOLDER [COMMAND]     as root; FOLDER is new; debootstrap is installed
#
# Unless said otherwise: the fast tests with no system package at all, then .ci/run, which installs what it needs.
# Mirror, certificates and pip's settings are those of this machine, whatever they are. FOLDER stays for a look.
set -eu
folder=$1
command=${2:-make test-fast && .ci/run}
here=$(cd "$(dirname "$0")/.." && pwd)
[ ! -e "$folder" ] || { echo "Đã có $folder; hãy chọn thư mục mới. / $folder is there already: take a new folder."; exit 1; }
command -v debootstrap >/dev/null || { echo "Cần debootstrap. / apt-get install debootstrap"; exit 1; }

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
debootstrap --variant=minbase bookworm "$folder" "$mirror" >/dev/null
folder=$(cd "$folder" && pwd)

apt-config dump Acquire >"$folder/etc/apt/apt.conf.d/01machine"
for file in /etc/ssl/certs/ca-certificates.crt /etc/resolv.conf /etc/pip.conf; do
    if [ -e "$file" ]; then
        mkdir -p "$folder$(dirname "$file")"
        cp -L "$file" "$folder$file"
    fi
done
if [ -d /usr/local/share/ca-certificates ]; then
    cp -r /usr/local/share/ca-certificates "$folder/usr/local/share/"
fi
git -c advice.detachedHead=false clone --quiet --no-hardlinks "$here" "$folder/par"

# The mounts and whatever still runs end with this command.
exec unshare --mount --pid --fork --kill-child sh -c '
    mount -t proc proc "$1/proc"
    mkdir -p "$1/dev/shm" "$1/dev/pts"
    mount -t tmpfs tmpfs "$1/dev/shm"
    mount -t devpts devpts "$1/dev/pts"
    exec env -u PAR_REAL_REPORTS -u VIRTUAL_ENV -u PYTHONPATH -u LANG -u LC_ALL \
        HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" sh -ec "
            export DEBIAN_FRONTEND=noninteractive
            apt-get update -qq
            apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv git make >/dev/null
            cd /par
            $2"
' fresh_root "$folder" "$command"
