#!/usr/bin/env bash
# Boots a systemd of its own that can change nothing of the machine, and ends when that ends. Wants root.
# boot.sh boot FOLDER; boot.sh check FOLDER COMMAND…: the command instead of systemd, to see what it could change.
#
# A unit's default dependencies pull in the early boot, which empties /tmp, sets kernel variables and starts a journal:
# so it finds no units but the test's, has a /tmp and a /run of its own and sees the rest read-only, but for FOLDER.
set -eu

project=$(cd "$(dirname "$0")/../.." && pwd)
folder=$2

# Puts a folder aside before something is mounted above it, and back again.
keep() { mkdir -p "/run/kept$1" && mount --bind "$1" "/run/kept$1"; }
restore() { mkdir -p "$1" && mount --bind "/run/kept$1" "$1" && umount "/run/kept$1"; }

seal() {
  mount -t tmpfs tmpfs /run
  keep "$project"
  keep "$folder"
  mount -t tmpfs tmpfs /tmp
  restore "$project"
  mount -o remount,bind,ro "$project"
  restore "$folder"
  mount --bind /proc/sys /proc/sys
  for tree in / /dev /dev/shm /sys /proc/sys; do
    if mountpoint -q "$tree"; then mount -o remount,bind,ro "$tree"; fi
  done
  for tree in / /dev /sys /proc/sys "$project"; do
    if [ -w "$tree" ]; then echo "boot.sh: $tree is still writable" >&2 && exit 1; fi
  done
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

boot() {
  units=/run/systemd/system
  mkdir -p "$units" /run/no-generators
  for stub in lab sysinit basic network-online multi-user shutdown; do
    printf '[Unit]\nDescription=%s, empty in this lab\n' "$stub" >"$units/$stub.target"
  done
  exec env container=lab SYSTEMD_UNIT_PATH="$units" SYSTEMD_GENERATOR_PATH=/run/no-generators \
    /lib/systemd/systemd --system --unit=lab.target --log-target=null --show-status=no
}

case $1 in
  enter)
    seal
    boot
    ;;
  check)
    seal
    exec "${@:3}"
    ;;
  boot)
    hierarchy=$(mktemp -d)
    mount -t cgroup2 cgroup2 "$hierarchy"
    group=$hierarchy/lab-$$
    mkdir "$group"
    (
      echo "$BASHPID" >"$group/cgroup.procs"
      exec unshare --pid --fork --kill-child --mount --mount-proc --cgroup --uts --ipc bash "$0" enter "$folder"
    ) || true
    find "$group" -depth -type d -exec rmdir {} +
    umount "$hierarchy"
    rmdir "$hierarchy"
    ;;
esac
