#!/bin/sh
# Removes Kube-OVN from a cluster: all Subnets and addresses, the programs, and what they put on the nodes. Pods on its network lose it.
#
#   uninstall.sh              delete underlay Subnets, Vlans and ProviderNetworks first, so that nodes get their interfaces back
#   NAMESPACE, TIMEOUT        default kube-system, 300s
set -eu
here=$(cd "$(dirname "$0")" && pwd)
namespace=${NAMESPACE:-kube-system}
timeout=${TIMEOUT:-300s}
say() { echo "uninstall: $*" >&2; }
k() { kubectl --namespace "$namespace" "$@"; }

left=$(kubectl get provider-networks.kubeovn.io -o name 2>/dev/null || true)
[ -z "$left" ] || { say "there are ProviderNetworks; delete them first, so that nodes get their interfaces back:"; echo "$left" >&2; exit 1; }

say 'the pods of the network itself, while there is a daemon that takes their interfaces away'
k delete daemonset/kube-ovn-pinger --ignore-not-found --wait
k wait --for=delete pod --selector app=kube-ovn-pinger --timeout="$timeout" || say 'pods of kube-ovn-pinger are left; going on'

say 'the programs that would make things again'
k delete deployment/kube-ovn-controller daemonset/kube-ovn-cni daemonset/kube-ovn-cni-dpdk daemonset/kube-ovn-speaker --ignore-not-found --wait
k delete validatingwebhookconfiguration/kube-ovn-webhook secret/kube-ovn-webhook lease/kube-ovn-controller --ignore-not-found

say 'objects of all kinds; nobody waits for their finalizers any more'
for kind in $(kubectl get crd -o name | sed -n 's,^customresourcedefinition.apiextensions.k8s.io/\(.*\.kubeovn\.io\)$,\1,p'); do
  kubectl get "$kind" --all-namespaces -o go-template='{{range .items}}{{if .metadata.finalizers}}{{or .metadata.namespace "-"}} {{.metadata.name}}{{"\n"}}{{end}}{{end}}' |
    while read -r where name; do
      [ "$where" = - ] && set -- || set -- --namespace "$where"
      kubectl patch "$kind" "$name" "$@" --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
    done
  kubectl delete crd "$kind" --wait
done

say 'what was noted on nodes and namespaces'
for kind in nodes namespaces; do
  kubectl get "$kind" -o go-template='{{range .items}}{{$name := .metadata.name}}{{range $key, $_ := .metadata.annotations}}{{$name}} {{$key}}{{"\n"}}{{end}}{{end}}' |
    sed -n 's, \(ovn\.kubernetes\.io/.*\)$, \1,p' |
    while read -r name key; do kubectl annotate "$kind" "$name" "$key-" >/dev/null; done
done

say 'the nodes'
k delete daemonset/ovs-ovn daemonset/ovs-ovn-dpdk statefulset/ovn-central --ignore-not-found --wait
k wait --for=delete pod --selector 'app in (ovs, ovs-dpdk, ovn-central)' --timeout="$timeout"
kubectl apply --server-side -f "$here/cleanup.yaml"
k rollout status daemonset/kube-ovn-cleanup --timeout="$timeout" ||
  { say 'not all nodes are clean; the logs of the pods app=kube-ovn-cleanup, container clean, say why. Run this again'; exit 1; }

say 'the rest'
kubectl delete -f "$here/cleanup.yaml" --ignore-not-found --wait
kubectl delete -f "$here/install.yaml" --ignore-not-found --wait
k delete secret/kube-ovn-tls secret/kube-ovn-tls-authority --ignore-not-found
