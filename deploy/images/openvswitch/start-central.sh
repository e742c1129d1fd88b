#!/bin/bash
# One member of OVN's databases, with northd.
#
# Environment: OVN_DB_IPS (all members, with commas), POD_IP (this one), ENABLE_SSL (true: with the files in /var/run/tls).
# A member without files joins the others; the first in the list makes a cluster when none of the others has one.
set -euo pipefail

data=${OVN_DBDIR:-/etc/ovn}
run=${OVN_RUNDIR:-/var/run/ovn}
tls=${KUBE_OVN_TLS_DIR:-/var/run/tls}
schemas=${OVN_SCHEMAS:-/usr/share/ovn}
export OVN_RUNDIR=$run OVN_DBDIR=$data
# How long the first member looks for others before it makes a cluster, in seconds.
look=${KUBE_OVN_LOOK_SECONDS:-20}

say() { echo "start-central: $*" >&2; }
stop_with() { say "$*"; exit 1; }

IFS=, read -ra members <<<"${OVN_DB_IPS:?OVN_DB_IPS is empty: name the nodes of the databases}"
own=${POD_IP:?POD_IP is empty}
others=()
for member in "${members[@]}"; do [[ $member == "$own" ]] || others+=("$member"); done
[[ ${#others[@]} -lt ${#members[@]} ]] ||
  stop_with "this node's address $own is not among central.addresses $OVN_DB_IPS: put it there, or take the label off the node"

if [[ ${ENABLE_SSL:-false} == true ]]; then
  transport=ssl
  keys=(--private-key="$tls/key" --certificate="$tls/cert" --ca-cert="$tls/cacert")
  for file in key cert cacert; do [[ -r $tls/$file ]] || stop_with "$tls/$file can not be read: is it in the Secret?"; done
else
  transport=tcp
  keys=()
fi

raft_address() { echo "$transport:[$1]:$2"; }

# Whether a member answers, and is in a cluster.
is_in_cluster() { # ADDRESS PORT DATABASE
  local query='["_Server",{"op":"select","table":"Database","where":[["name","==","'$3'"],["connected","==",true]],"columns":["name"]}]'
  ovsdb-client --timeout=3 "${keys[@]}" query "$transport:[$1]:$2" "$query" 2>/dev/null | grep -q "\"$3\""
}

find_cluster() { # PORT DATABASE
  local other
  for other in "${others[@]}"; do is_in_cluster "$other" "$1" "$2" && return 0; done
  return 1
}

prepare() { # FILE DATABASE PORT RAFT_PORT SCHEMA
  local file=$1 database=$2 port=$3 raft=$4 schema=$5 remotes=() other end
  local address
  address=$(raft_address "$own" "$raft")
  for other in "${others[@]}"; do remotes+=("$(raft_address "$other" "$raft")"); done
  if [[ -s $file ]]; then
    if ovsdb-tool db-is-standalone "$file"; then
      [[ $own == "${members[0]}" ]] || stop_with "$file is of a single server: only the first of central.addresses may have one; move it away"
      say "$database: making a cluster of the single server's file"
      ovsdb-tool create-cluster "$file.new" "$file" "$address"
      mv "$file" "$file.standalone"
      mv "$file.new" "$file"
      return
    fi
    local known
    known=$(ovsdb-tool db-local-address "$file")
    [[ $known == "$address" ]] ||
      stop_with "$file belongs to the member $known, and this one is $address: give the node its address back, keep tls.enabled as it was, or move the file away so that it joins anew"
    return
  fi
  rm -f "$file"
  if [[ ${#others[@]} -eq 0 ]]; then
    say "$database: making a cluster of one"
    ovsdb-tool create-cluster "$file" "$schema" "$address"
    return
  fi
  if [[ $own == "${members[0]}" ]]; then
    end=$((SECONDS + look))
    until find_cluster "$port" "$database"; do
      if ((SECONDS >= end)); then
        say "$database: no other member has a cluster: making one"
        ovsdb-tool create-cluster "$file" "$schema" "$address"
        return
      fi
      sleep 1
    done
  fi
  say "$database: joining ${remotes[*]}"
  ovsdb-tool join-cluster "$file" "$database" "$address" "${remotes[@]}"
}

serve() { # NAME DATABASE PORT
  exec ovsdb-server -vconsole:info -vfile:off -vsyslog:off --unixctl="$run/ovn$1_db.ctl" \
    --remote="punix:$run/ovn$1_db.sock" --remote="p$transport:$3:[$own]" "${keys[@]}" "$data/ovn$1_db.db"
}

is_leader() { ovs-appctl -t "$run/ovn$1_db.ctl" cluster/status "$2" 2>/dev/null | grep -q '^Role: leader'; }

# Only forward: while images are changed one after the other, members of both versions take turns as leaders.
upgrade_schema() { # NAME DATABASE SCHEMA
  local wanted found
  wanted=$(ovsdb-tool schema-version "$3")
  while :; do
    if is_leader "$1" "$2"; then
      found=$(ovsdb-client --timeout=10 get-schema-version "unix:$run/ovn$1_db.sock" "$2" 2>/dev/null || true)
      if [[ -n $found && $found != "$wanted" && $(printf '%s\n' "$found" "$wanted" | sort -V | tail -n1) == "$wanted" ]]; then
        say "$2: schema $found becomes $wanted"
        ovsdb-client --timeout=60 convert "unix:$run/ovn$1_db.sock" "$3" || say "$2: conversion failed; trying again"
      fi
    fi
    sleep 10
  done
}

mkdir -p "$data" "$run"
rm -f "$run"/ovn{nb,sb}_db.{ctl,sock} "$run/ovn-northd.ctl"
# both look for the others at the same time
prepare "$data/ovnnb_db.db" OVN_Northbound 6641 6643 "$schemas/ovn-nb.ovsschema" &
first=$!
prepare "$data/ovnsb_db.db" OVN_Southbound 6642 6644 "$schemas/ovn-sb.ovsschema"
wait "$first"

# Ended in order: a server that is told to exit hands its leadership over first.
end() {
  trap - TERM INT
  kill "${helpers[@]}" 2>/dev/null || true
  for name in ovn-northd ovnnb_db ovnsb_db; do timeout 10 ovs-appctl -t "$run/$name.ctl" exit >/dev/null 2>&1 || true; done
  wait
  exit "$1"
}

pids=() helpers=()
(serve nb OVN_Northbound 6641) & pids+=($!)
(serve sb OVN_Southbound 6642) & pids+=($!)
upgrade_schema nb OVN_Northbound "$schemas/ovn-nb.ovsschema" & helpers+=($!)
upgrade_schema sb OVN_Southbound "$schemas/ovn-sb.ovsschema" & helpers+=($!)
trap 'end 0' TERM INT

remotes_of() { local list=() member; for member in "${members[@]}"; do list+=("$transport:[$member]:$1"); done; (IFS=,; echo "${list[*]}"); }
ovn-northd -vconsole:info -vfile:off -vsyslog:off --unixctl="$run/ovn-northd.ctl" \
  --ovnnb-db="$(remotes_of 6641)" --ovnsb-db="$(remotes_of 6642)" "${keys[@]}" & pids+=($!)

# one that ends takes the others along; the kubelet starts all anew
wait -n "${pids[@]}" || true
say "a server ended; stopping the others"
end 1
