#!/bin/bash
# Open vSwitch and ovn-controller of a node. The daemon tells ovn-controller, in Open vSwitch's database, who it is and where to connect.
#
# Environment: ENABLE_SSL (true: with the files in /var/run/tls), OVS_PROGRAM (ovs-vswitchd, or that with DPDK), OVN_CONTROLLER (false: Open
# vSwitch alone).
set -euo pipefail

data=${OVS_DBDIR:-/etc/openvswitch}
run=${OVS_RUNDIR:-/var/run/openvswitch}
ovn=${OVN_RUNDIR:-/var/run/ovn}
tls=${KUBE_OVN_TLS_DIR:-/var/run/tls}
schema=${OVS_SCHEMA:-/usr/share/openvswitch/vswitch.ovsschema}
program=${OVS_PROGRAM:-ovs-vswitchd}
export OVS_RUNDIR=$run OVN_RUNDIR=$ovn
log=(-vconsole:info -vfile:off -vsyslog:off)

say() { echo "start-ovs: $*" >&2; }

mkdir -p "$data" "$run" "$ovn"
rm -f "$run/db.sock" "$run"/*.ctl "$run"/*.pid "$ovn"/ovn-controller.*.ctl "$ovn/ovn-controller.pid"
if [[ ! -s $data/conf.db ]]; then
  ovsdb-tool create "$data/conf.db" "$schema"
elif [[ $(ovsdb-tool needs-conversion "$data/conf.db" "$schema") == yes ]]; then
  say "conf.db gets the schema $(ovsdb-tool schema-version "$schema")"
  cp "$data/conf.db" "$data/conf.db.before"
  ovsdb-tool convert "$data/conf.db" "$schema"
fi

pids=()
# What forwards stays: the kernel's flows, and those that ovn-controller made.
end() {
  trap - TERM INT
  timeout 5 ovs-appctl -t "$ovn"/ovn-controller.*.ctl exit --restart >/dev/null 2>&1 || true
  timeout 5 ovs-appctl -t ovs-vswitchd exit >/dev/null 2>&1 || true
  timeout 5 ovs-appctl -t ovsdb-server exit >/dev/null 2>&1 || true
  kill "${pids[@]}" 2>/dev/null || true
  wait
  exit "$1"
}
trap 'end 0' TERM INT

ovsdb-server "${log[@]}" "$data/conf.db" --remote="punix:$run/db.sock" --pidfile="$run/ovsdb-server.pid" & pids+=($!)
until ovs-vsctl --db="unix:$run/db.sock" --timeout=2 --no-wait init 2>/dev/null; do
  kill -0 "${pids[0]}" 2>/dev/null || { say "ovsdb-server ended"; end 1; }
  sleep 0.2
done
"$program" "${log[@]}" "unix:$run/db.sock" --pidfile="$run/ovs-vswitchd.pid" & pids+=($!)

if [[ ${OVN_CONTROLLER:-true} == true ]]; then
  keys=()
  if [[ ${ENABLE_SSL:-false} == true ]]; then
    keys=(--private-key="$tls/key" --certificate="$tls/cert" --ca-cert="$tls/cacert")
    until [[ -r $tls/key && -r $tls/cert && -r $tls/cacert ]]; do
      say "waiting for the Secret with key, cert and cacert in $tls"
      sleep 2 & wait $!
    done
  fi
  ovn-controller "${log[@]}" "unix:$run/db.sock" "${keys[@]}" --pidfile="$ovn/ovn-controller.pid" & pids+=($!)
fi

# one that ends takes the others along; the kubelet starts all anew
wait -n "${pids[@]}" || true
say "a program ended; stopping the others"
end 1
