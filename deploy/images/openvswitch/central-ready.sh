#!/bin/bash
# Both databases are members of a cluster that has a leader.
run=${OVN_RUNDIR:-/var/run/ovn}
for pair in nb:OVN_Northbound sb:OVN_Southbound; do
  status=$(timeout 4 ovs-appctl -t "$run/ovn${pair%%:*}_db.ctl" cluster/status "${pair#*:}") || exit 1
  grep -q '^Status: cluster member' <<<"$status" || { echo "${pair#*:}: not in a cluster yet"; exit 1; }
  ! grep -q '^Leader: unknown' <<<"$status" || { echo "${pair#*:}: no leader"; exit 1; }
done
