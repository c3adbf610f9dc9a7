/** What to put into a config so that the machine says when it is done. Texts for people to paste, with fields of config templates. */

export const KICKSTART_PHONE_HOME = `%post --nochroot --interpreter=/bin/sh
curl -sS -m 30 --retry 5 -X POST "{{ phone_home.url }}" || true
%end
`;

/** The netinst's busybox wget can post; -O - keeps it from writing a file. */
export const PRESEED_PHONE_HOME = `d-i preseed/late_command string wget -q -O - --post-data= "{{ phone_home.url }}" || true
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
