#!/bin/bash
# The servers answer. A cluster without a leader is no reason to start a member anew.
run=${OVN_RUNDIR:-/var/run/ovn}
for name in ovnnb_db ovnsb_db ovn-northd; do timeout 8 ovs-appctl -t "$run/$name.ctl" version >/dev/null || { echo "$name does not answer"; exit 1; }; done
