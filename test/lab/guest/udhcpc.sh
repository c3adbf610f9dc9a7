#!/bin/busybox sh
# What busybox udhcpc calls: sets the address and leaves what /init needs.
PATH=/bin
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
for gateway in $router; do ip route add default via "$gateway" && break; done
echo "lease_ip=$ip lease_server=$serverid" >/tmp/lease
