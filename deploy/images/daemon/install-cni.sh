#!/bin/sh
# Puts the CNI plugin and its configuration on the node; each file is there whole, or as it was.
set -eu
from=${KUBE_OVN_HOME:-/kube-ovn}
host=${KUBE_OVN_HOST:-/host}
cp "$from/kube-ovn" "$host/cni-bin/.kube-ovn.new"
chmod 0755 "$host/cni-bin/.kube-ovn.new"
mv "$host/cni-bin/.kube-ovn.new" "$host/cni-bin/kube-ovn"
cp "$from/kube-ovn.conflist" "$host/cni-conf/.kube-ovn.new"
chmod 0600 "$host/cni-conf/.kube-ovn.new"
mv "$host/cni-conf/.kube-ovn.new" "$host/cni-conf/${CONFLIST:?}"
