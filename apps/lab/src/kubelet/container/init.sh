# Start of a container, inside its own mount, UTS and PID namespaces: give it its host name, /etc/hosts and
# /etc/resolv.conf, and become its command. Arguments: host name, hosts file, resolv.conf file, folder, command...
set -e
echo "$1" > /proc/sys/kernel/hostname
mount --bind "$2" /etc/hosts
if [ -f /etc/resolv.conf ]; then mount --bind "$3" /etc/resolv.conf; fi
cd "$4"
shift 4
exec "$@"
