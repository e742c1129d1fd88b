# Does nothing until it is told to end; as the first process of a PID namespace it must ask for the signals it heeds.
trap 'exit 0' TERM INT
while :; do
  sleep 2147483 &
  wait $!
done
