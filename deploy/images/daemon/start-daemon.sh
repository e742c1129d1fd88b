#!/bin/sh
# Container runtimes mount /proc/sys read-only; the daemon sets keys of the node's and the pods' networks.
set -eu
[ -w /proc/sys/net/ipv4/ip_forward ] || mount -o remount,rw,bind /proc/sys
exec node /app/apps/daemon/dist/main.js "$@"
