#!/bin/bash
# Takes from a node what Kube-OVN put there, when its own pods are gone. ovn-controller would make br-int again, so Open vSwitch is started
# here without it. Pods of the node lose their network.
set -uo pipefail

host=${KUBE_OVN_HOST:-/host}
run=${OVS_RUNDIR:-/var/run/openvswitch}
failed=0
try() { "$@" || { echo "clean-node: failed: $*" >&2; failed=1; }; }

rm -f "$host/cni-conf/${CONFLIST:?}" "$host/cni-bin/kube-ovn"

if [[ -s ${OVS_DBDIR:-/etc/openvswitch}/conf.db ]]; then
  if ovs-vsctl --db="unix:$run/db.sock" --timeout=2 --no-wait show >/dev/null 2>&1; then
    echo "clean-node: Open vSwitch runs on this node: delete the DaemonSet ovs-ovn first" >&2
    exit 1
  fi
  OVN_CONTROLLER=false "$(dirname "$0")/start-ovs.sh" &
  switch=$!
  db=(ovs-vsctl --db="unix:$run/db.sock" --timeout=20)
  for _ in {1..100}; do "${db[@]}" --no-wait show >/dev/null 2>&1 && break || sleep 0.2; done
  try "${db[@]}" --if-exists del-br br-int
  for key in ovn-remote ovn-encap-type ovn-encap-ip ovn-bridge-datapath-type ovn-encap-csum; do
    try "${db[@]}" --no-wait remove Open_vSwitch . external_ids "$key"
  done
  # interfaces of physical networks were given back with their ProviderNetworks; a bridge that still has one is left, and told
  while read -r bridge; do
    [[ -n $bridge ]] || continue
    echo "clean-node: bridge $bridge is of a ProviderNetwork that was not deleted first; left as it is" >&2
    failed=1
  done < <("${db[@]}" --bare --columns=name find bridge external_ids:vendor=kube-ovn | grep -v '^br-int$')
  # with the kernel's datapath, unless something is left in it
  [[ $failed == 1 ]] || timeout 10 ovs-appctl -t "$run/ovs-vswitchd.$(cat "$run/ovs-vswitchd.pid").ctl" exit --cleanup >/dev/null
  kill "$switch" 2>/dev/null
  wait "$switch" 2>/dev/null
fi

for table in 'inet kube-ovn' 'inet kube-ovn-services' 'netdev kube-ovn-provider'; do
  # shellcheck disable=SC2086 # family and name are two words
  if nft list table $table >/dev/null 2>&1; then try nft delete table $table; fi
done
for link in ovn0 ovn-gw0; do if ip link show "$link" >/dev/null 2>&1; then try ip link delete "$link"; fi; done

if [[ $failed == 0 && ${KEEP_DATABASES:-false} != true ]]; then
  rm -rf "$host"/ovn/{,.}ovn{nb,sb}_db.* "${OVS_DBDIR:-/etc/openvswitch}"/{conf.db,.conf.db.~lock~,conf.db.before}
  rm -f "$run"/*.{ctl,pid,sock}
fi
exit "$failed"
