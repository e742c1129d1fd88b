# Start of a container, inside its own mount, UTS and PID namespaces: give it its host name, /etc/hosts and
# /etc/resolv.conf, and become its command. Arguments: host name, hosts file, resolv.conf file, folder, command...
set -e
hostname "$1"
mount --bind "$2" /etc/hosts
resolver=$(readlink -f /etc/resolv.conf)
if [ -f "$resolver" ]; then mount --bind "$3" "$resolver"; fi
cd "$4"
shift 4
exec "$@"
