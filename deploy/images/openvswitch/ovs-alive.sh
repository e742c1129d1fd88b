#!/bin/bash
# Open vSwitch answers; so does ovn-controller, once it runs.
run=${OVS_RUNDIR:-/var/run/openvswitch}
ovn=${OVN_RUNDIR:-/var/run/ovn}
export OVS_RUNDIR=$run
timeout 8 ovs-vsctl --db="unix:$run/db.sock" --timeout=7 --no-wait show >/dev/null || exit 1
timeout 8 ovs-appctl -t ovs-vswitchd version >/dev/null || { echo "ovs-vswitchd does not answer"; exit 1; }
for control in "$ovn"/ovn-controller.*.ctl; do
  [[ ! -S $control ]] || timeout 8 ovs-appctl -t "$control" version >/dev/null || { echo "ovn-controller does not answer"; exit 1; }
done
