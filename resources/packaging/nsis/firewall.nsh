; Windows blocks inbound traffic without a rule, and its own prompt is often answered too late or not at all.
; DHCP 67, TFTP 69 and the PXE boot server 4011 over UDP, iSCSI 3260, HTTP 7080 and HTTPS 7443 over TCP, for this program only. A TFTP transfer continues from a
; port of its own, but Bootbench sends first there, and Windows lets the response in.
!define BOOTBENCH_UDP_RULE "Bootbench boot services (UDP)"
!define BOOTBENCH_TCP_RULE "Bootbench boot services (TCP)"

!macro removeFirewallRules
  nsExec::ExecToLog '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="${BOOTBENCH_UDP_RULE}"'
  Pop $0
  nsExec::ExecToLog '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="${BOOTBENCH_TCP_RULE}"'
  Pop $0
!macroend

!macro addFirewallRules
  !insertmacro removeFirewallRules
  nsExec::ExecToLog '"$SYSDIR\netsh.exe" advfirewall firewall add rule name="${BOOTBENCH_UDP_RULE}" dir=in action=allow enable=yes profile=any program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" protocol=UDP localport=67,69,4011'
  Pop $0
  nsExec::ExecToLog '"$SYSDIR\netsh.exe" advfirewall firewall add rule name="${BOOTBENCH_TCP_RULE}" dir=in action=allow enable=yes profile=any program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" protocol=TCP localport=3260,7080,7443'
  Pop $0
!macroend
