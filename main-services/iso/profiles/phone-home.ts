/** What to put into a config so that the machine says when it is done. Texts for people to paste, with fields of config templates. */

export const KICKSTART_PHONE_HOME = `%post --nochroot --interpreter=/bin/sh
curl -sS -m 30 --retry 5 -X POST "{{ phone_home.url }}" || true
%end
`;

/** Its busybox wget cannot post, and curl may not be there; perl-base is in every Debian. No backslashes: preseeds give them a meaning. */
export const PRESEED_PHONE_HOME = `d-i preseed/late_command string in-target perl -MIO::Socket::INET -e '($h,$p)=shift=~m{//([^/]+)(/.*)};$e=chr(13).chr(10);$s=IO::Socket::INET->new($h) or exit;print $s "POST $p HTTP/1.0\${e}Content-Length: 0$e$e";<$s>' "{{ phone_home.url }}"
`;

export const AUTOINSTALL_PHONE_HOME = `autoinstall:
  late-commands:
    - curl -sS -m 30 --retry 5 -X POST "{{ phone_home.url }}" || true
`;

export const IGNITION_PHONE_HOME = `{
  "systemd": {
    "units": [
      {
        "name": "bootbench-done.service",
        "enabled": true,
        "contents": "[Unit]\\nWants=network-online.target\\nAfter=network-online.target\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/curl -sS -m 30 --retry 5 -X POST {{ phone_home.url }}\\n[Install]\\nWantedBy=multi-user.target\\n"
      }
    ]
  }
}
`;

export const AUTOYAST_PHONE_HOME = `<scripts>
  <init-scripts config:type="list">
    <script>
      <filename>bootbench-done.sh</filename>
      <source><![CDATA[
curl -sS -m 30 --retry 5 -X POST "{{ phone_home.url }}" || true
]]></source>
    </script>
  </init-scripts>
</scripts>
`;

export const WINDOWS_PHONE_HOME = `<FirstLogonCommands>
  <SynchronousCommand wcm:action="add">
    <Order>1</Order>
    <CommandLine>powershell -NoProfile -Command "Invoke-WebRequest -UseBasicParsing -Method Post -Uri '{{ phone_home.url }}'"</CommandLine>
  </SynchronousCommand>
</FirstLogonCommands>
`;

export const SHELL_PHONE_HOME = `curl -sS -m 30 --retry 5 -X POST "{{ phone_home.url }}" || true
`;

export const AGAMA_PHONE_HOME = `"scripts": {
  "post": [
    { "name": "bootbench-done", "chroot": false, "content": "#!/bin/sh\\ncurl -sS -m 30 --retry 5 -X POST '{{ phone_home.url }}' || true\\n" }
  ]
}
`;

/** Proxmox's installer posts a description of the new system there (since 8.3). */
export const PROXMOX_PHONE_HOME = `[post-installation-webhook]
url = "{{ phone_home.url }}"
`;

export const ESXI_PHONE_HOME = `%firstboot --interpreter=busybox
esxcli network firewall set --enabled false
python -c "import urllib.request as r; r.urlopen(r.Request('{{ phone_home.url }}', data=b''))"
esxcli network firewall set --enabled true
`;

export const XEN_PHONE_HOME = `<script stage="installation-complete" type="url">{{ config.base_url }}done.sh</script>
`;
