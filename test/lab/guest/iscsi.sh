# Debian's open-iscsi in the lab guest, sourced by /init. It mounts the target that the firmware booted from (lab.iscsi=ibft: as Debian's
# initramfs does; lab.iscsi=iscsid: with the daemon, which connects again), or one that the lab names (lab.iscsi=node).

ibft=/sys/firmware/ibft

# Said again at the end: the serial port of a busy machine loses characters.
report() {
  echo "LAB-$*" | tee -a /tmp/report
}

tell_ibft() {
  for file in $ibft/*/*; do
    value=$(tr -d '\0' <"$file" 2>/dev/null | tr '\n' ' ')
    [ -f "$file" ] && [ -n "$value" ] && report IBFT "${file#$ibft/}" $value
  done
}

# iSCSI commands that fail are shown with what the daemon says.
must() {
  "$@" || { echo "LAB-ERROR $*"; cat /tmp/iscsid.log; }
}

start_iscsid() {
  mkdir -p /run/lock /etc/iscsi /var/lib/iscsi
  echo 'root:x:0:0::/:/bin/sh' >/etc/passwd
  echo "InitiatorName=$1" >/etc/iscsi/initiatorname.iscsi
  iscsid -f -d 1 -c /etc/iscsi/iscsid.conf -i /etc/iscsi/initiatorname.iscsi >/tmp/iscsid.log 2>&1 &
  for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ISCSIADM /proc/net/unix && return
    sleep 0.3
  done
  must false
}

use_ibft_network() {
  ip link set lo up
  ip link set eth0 up
  must iscsistart -N
  echo "LAB-ISCSI-ADDRESS $(ip -4 -o addr show dev eth0 | tr -s ' ' | cut -d ' ' -f 4)"
}

wait_for_lun() {
  lun=
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    for name in sr0 sda; do
      [ -b "/dev/$name" ] && lun=$name && break 2
    done
    sleep 0.3
  done
  [ -n "$lun" ] || { must false; return; }
  size=$(($(cat "/sys/block/$lun/size") * 512))
  report LUN $lun $size $(cat "/sys/block/$lun/queue/logical_block_size") ro=$(cat "/sys/block/$lun/ro")
}

tell_sessions() {
  for session in /sys/class/iscsi_session/*; do
    report SESSION $(cat "$session/targetname") $(cat "$session/initiatorname") $(cat "$session/state")
  done
}

# lab.lun=<n>: the LUN in n parts, each read by a process of its own that has one command in flight, so n commands are in flight together.
read_lun() {
  echo "LAB-READING $2"
  part=$(((size / $1 + 65535) / 65536 * 65536))
  for index in $(seq 0 $(($1 - 1))); do
    from=$((index * part))
    [ $from -lt "$size" ] || break
    (echo "$index $(dd if=/dev/$lun bs=64k iflag=direct,skip_bytes,count_bytes skip=$from count=$part 2>/dev/null | sha256sum | cut -c1-64)" >"/tmp/part-$index") &
    readers="$readers $!"
  done
  wait $readers
  readers=
  for index in $(seq 0 $(($1 - 1))); do
    [ -f "/tmp/part-$index" ] && report PART $2 $part $(cat "/tmp/part-$index") && rm "/tmp/part-$index"
  done
}

# Each digest with 1, 4 and 32 commands in flight, each in a session of its own.
read_by_all_ways() {
  target="-m node -T $(argument lab.target)"
  for digest in None CRC32C; do
    for depth in 1 4 32; do
      for digests in HeaderDigest DataDigest; do must iscsiadm $target -o update -n "node.conn[0].iscsi.$digests" -v $digest; done
      must iscsiadm $target --login
      wait_for_lun
      report DIGESTS $digest-$depth $(cat /sys/class/iscsi_connection/*/header_digest) $(cat /sys/class/iscsi_connection/*/data_digest)
      read_lun $depth "$digest-$depth"
      must iscsiadm $target --logout
    done
  done
}

load_modules medium
load_modules iscsi
case $(argument lab.iscsi) in
  ibft)
    tell_ibft
    use_ibft_network
    must iscsistart -b
    ;;
  iscsid)
    tell_ibft
    use_ibft_network
    start_iscsid "$(cat $ibft/initiator/initiator-name)"
    must iscsiadm -m fw --login
    ;;
  node)
    get_lease
    start_iscsid iqn.2026-11.dev.bootbench:lab
    must iscsiadm -m discovery -t sendtargets -p "$(argument lab.portal)"
    read_by_all_ways
    ;;
esac
if [ "$(argument lab.iscsi)" != node ]; then
  wait_for_lun
  tell_sessions
fi
parts=$(argument lab.lun)
[ -n "$parts" ] && read_lun "$parts" lun
cat /tmp/report
echo "LAB-RECOVERIES $(grep -c 'operational after recovery' /tmp/iscsid.log 2>/dev/null)"
