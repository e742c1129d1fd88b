# Start of a container, inside its own mount, UTS and PID namespaces: give it its host name, /etc/hosts, /etc/resolv.conf and its volumes,
# and become its command. Arguments: host name, hosts file, resolv.conf file, folder, number of volumes, then for each its folder and
# where it is seen, then the command...
set -e
echo "$1" > /proc/sys/kernel/hostname
mount --bind "$2" /etc/hosts
if [ -f /etc/resolv.conf ]; then mount --bind "$3" /etc/resolv.conf; fi
directory=$4
volumes=$5
mnt=
shift 5
while [ "$volumes" -gt 0 ]; do
  # the root directory is the machine's, where nothing is made
  if [ ! -d "$2" ]; then
    case "$2" in /mnt/*) ;; *) echo "volumeMounts: $2 is no folder of this machine; the lab mounts volumes on such or below /mnt" >&2; exit 1 ;; esac
    if [ -z "$mnt" ]; then mount -t tmpfs -o mode=755 volumes /mnt; mnt=own; fi
    mkdir -p "$2"
  fi
  mount --bind "$1" "$2"
  shift 2
  volumes=$((volumes - 1))
done
cd "$directory"
exec "$@"
