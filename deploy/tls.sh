#!/bin/sh
# Keys and certificates for the databases of OVN and all that connect to them, and the Secret in which pods find them.
#
#   tls.sh make DIR      an authority and a certificate of it, unless DIR has them
#   tls.sh renew DIR     another certificate of the same authority
#   tls.sh next DIR      another authority, trusted beside the one in use
#   tls.sh switch DIR    a certificate of that other authority; both stay trusted
#   tls.sh finish DIR    the former authority is trusted no more
#   tls.sh apply DIR     write the Secret kube-ovn-tls in kube-system ($SECRET, $NAMESPACE)
#   tls.sh entrust DIR   write the authority and its key into the Secret kube-ovn-tls-authority: the controller renews certificates by it
#
# To change the authority: next, apply, wait, switch, apply, wait, finish, apply. To wait: until pods have the new files (two minutes).
# DIR has the authority's key: keep it where no cluster can read it. To entrust it to the cluster is for you to decide: docs/install.md.
set -eu
umask 077

days=${DAYS:-365}
authority_days=$((3 * days))

authority() { # NAME
  openssl req -x509 -newkey rsa:3072 -nodes -sha256 -days "$authority_days" -subj "/O=kube-ovn/CN=ovn-authority-$(date +%s)" \
    -keyout "$dir/$1.key" -out "$dir/$1.crt" 2>/dev/null
}

certificate() { # AUTHORITY
  openssl req -newkey rsa:3072 -nodes -sha256 -subj /O=kube-ovn/CN=ovn -keyout "$dir/key.new" -out "$dir/request" 2>/dev/null
  openssl x509 -req -sha256 -days "$days" -in "$dir/request" -CA "$dir/$1.crt" -CAkey "$dir/$1.key" \
    -set_serial "0x$(openssl rand -hex 16)" -out "$dir/cert.new" 2>/dev/null
  rm "$dir/request"
  mv "$dir/key.new" "$dir/key"
  mv "$dir/cert.new" "$dir/cert"
}

trust() {
  for name in "$@"; do cat "$dir/$name.crt"; done >"$dir/cacert.new"
  mv "$dir/cacert.new" "$dir/cacert"
}

secret=${SECRET:-kube-ovn-tls}
secret() { # KIND NAME OPTION...
  kubectl create secret "$@" --namespace "${NAMESPACE:-kube-system}" --dry-run=client -o yaml |
    kubectl apply --server-side --force-conflicts -f -
}

need() { [ -f "$dir/$1" ] || { echo "tls.sh: $dir/$1 is missing: $2" >&2; exit 1; }; }

[ $# -eq 2 ] || { sed -n '4,10s/^# *//p' "$0" >&2; exit 2; }
dir=$2
case $1 in
make)
  mkdir -p "$dir"
  [ -f "$dir/current.crt" ] || authority current
  [ -f "$dir/cert" ] || certificate current
  [ -f "$dir/cacert" ] || trust current
  ;;
renew) need current.key 'it was made elsewhere'; certificate current ;;
next) need current.crt 'run make first'; authority next; trust next current ;;
switch)
  need next.crt 'run next first'
  certificate next
  mv "$dir/current.crt" "$dir/previous.crt"; rm "$dir/current.key"
  mv "$dir/next.crt" "$dir/current.crt"; mv "$dir/next.key" "$dir/current.key"
  trust current previous
  ;;
finish) need previous.crt 'run next and switch first'; trust current; rm "$dir/previous.crt" ;;
apply)
  need cert 'run make first'
  # the controller may have renewed the one in the cluster: never put an old one in its place
  openssl x509 -in "$dir/cert" -noout -checkend 43200 >/dev/null ||
    { echo "tls.sh: $dir/cert has ended, or does soon: run renew first" >&2; exit 1; }
  secret generic "$secret" --from-file="$dir/cacert" --from-file="$dir/cert" --from-file="$dir/key"
  ;;
entrust)
  need current.key 'it was made elsewhere'
  secret tls "$secret-authority" --cert="$dir/current.crt" --key="$dir/current.key"
  ;;
*) echo "tls.sh: unknown word $1" >&2; exit 2 ;;
esac
