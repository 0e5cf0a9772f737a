#!/bin/bash
# Runs the shell of a page of the manual as it is written, in namespaces of its own: the ports, the processes and the files
# outside the current folder are nobody else's. Wants root.
# page.sh SCRIPT: in the current folder.
set -eu

if [ "${1-}" != --inside ]; then
  exec unshare --net --mount --pid --fork --kill-child --mount-proc bash "$0" --inside "$@"
fi
mount --make-rprivate /
for folder in /run /srv /etc/systemd/system; do
  if [ -d $folder ]; then mount -t tmpfs tmpfs $folder; fi
done
mkdir -p /run/app /run/nworkers /srv/app /srv/models
ip link set lo up
bash -euo pipefail "$2"
