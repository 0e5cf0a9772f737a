#!/bin/sh
# Runs a command as a container does: in its own PID and mount namespaces, as a user without rights, and with a root file
# system that nobody can write to. Wants root. Its first process is the command itself.
# contain.sh COMMAND…
set -eu

if [ "${1-}" != --inside ]; then
  exec unshare --pid --mount --fork --kill-child sh "$0" --inside "$@"
fi
shift
mount --make-rprivate /
for tree in / /tmp /dev /dev/shm /run /sys; do
  if mountpoint -q "$tree"; then mount -o remount,bind,ro "$tree"; fi
done
mount -t proc proc /proc
if touch /tmp/writable 2>/dev/null; then echo "contain.sh: /tmp is still writable" >&2 && exit 1; fi
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
