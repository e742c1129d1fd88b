#!/bin/bash
# Builds all images with buildah; neither Docker nor a registry is needed. Run it from anywhere, after `npm run build` and `npm run build:cni`.
#
# Environment: REGISTRY, TAG; BASE: image to build on. Without BASE, a minimal Debian 12 is made by mmdebstrap.
# BUILDAH_ISOLATION=chroot builds where no namespaces can be made. Debian packages: buildah, mmdebstrap.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
registry=${REGISTRY:-localhost/kube-ovn} tag=${TAG:-v0.1.0}
node=$(node -p 'require.resolve("node-linux-" + process.arch + "/bin/node")' 2>/dev/null || command -v node)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

base=${BASE:-}
if [[ -z $base ]]; then
  base=$registry/base:$tag
  mmdebstrap --variant=minbase --include=ca-certificates bookworm "$scratch/base.tar"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$scratch/base.tar" /
  buildah commit --quiet --rm "$container" "$base"
fi

# The program with what it imports, and nothing that is only for development.
stage() { # APP
  local root=$scratch/$1/app package
  mkdir -p "$root"
  cp "$repository/package.json" "$repository/package-lock.json" "$root/"
  for package in "$repository"/{packages,apps}/*/ "$repository/tools/"; do
    package=${package#"$repository/"}
    mkdir -p "$root/$package"
    cp "$repository/${package}package.json" "$root/$package"
    if [[ -d $repository/${package}dist && ($package == packages/* || $package == "apps/$1/") ]]; then cp -r "$repository/${package}dist" "$root/$package"; fi
  done
  (cd "$root" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error --workspace "apps/$1" --include-workspace-root=false)
  cp "$node" "$scratch/$1/node"
}

build() { # IMAGE CONTEXT [ARGUMENT...]
  local image=$1 context=$2
  shift 2
  buildah bud --quiet --build-arg "BASE=$base" "$@" --tag "$registry/$image:$tag" --file "$here/$image/Dockerfile" "$context"
  echo "$registry/$image:$tag"
}

for app in controller daemon speaker pinger; do
  stage "$app"
  if [[ $app == daemon ]]; then cp "$repository/apps/cni/dist/kube-ovn" "$here"/daemon/{kube-ovn.conflist,install-cni.sh,start-daemon.sh} "$scratch/daemon/"; fi
  build "$app" "$scratch/$app"
done
build openvswitch "$here/openvswitch"
build openvswitch-dpdk "$here/openvswitch-dpdk" --build-arg "OPENVSWITCH=$registry/openvswitch:$tag"
