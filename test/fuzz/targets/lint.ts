import { ConfigFormat } from '../../../contract/inventory.ts';
import { lintConfig } from '../../../main-services/config/lint/lint.ts';
import { must, type Target } from '../engine/target.ts';

const FORMATS = ConfigFormat.options;
const NAMES = [
  'user-data',
  'ks.cfg',
  'preseed.cfg',
  'config.ign',
  'autoinst.xml',
  'autounattend.xml',
  'boot.ipxe',
  'meta-data',
  'notes.json',
  'other.yaml',
  'rules.xml',
];
const MOST_FINDINGS = 200;

/** One byte for the format, one for the file's name, then the text: findings are in the file, and there are not too many. */
export const target: Target = {
  maxLength: 65_536,
  words: [
    '#cloud-config\n',
    'autoinstall:\n  version: 1\n',
    '<?xml version="1.0"?>',
    '<profile xmlns="http://www.suse.com/1.0/yast2ns">',
    '%pre\n',
    '%end\n',
    '&a ',
    '*a',
    '<<: ',
    '[[[[',
    '{"ignition":{"version":"3.4.0"}}',
    'd-i ',
    '\\\n',
  ],
  seeds,
  run: (input) => {
    const format = FORMATS[(input[0] ?? 0) % FORMATS.length] ?? 'other';
    const name = NAMES[(input[1] ?? 0) % NAMES.length] ?? '';
    const text = Buffer.from(input.subarray(2)).toString('utf8');
    const findings = lintConfig(format, { [name]: text });
    must(findings.length <= MOST_FINDINGS, 'there are at most 200 findings');
    const lines = text.split(/\r\n|\r|\n/).length;
    for (const { file, line, column, message } of findings) {
      must(file === name && message !== '', 'a finding has a file and a sentence');
      must(Number.isInteger(line) && line >= 1 && line <= lines, `a finding is in the file: line ${line} of ${lines}`);
      must(column === undefined || column >= 1, 'a column counts from 1');
    }
  },
};

function seeds(): Uint8Array[] {
  const texts: readonly (readonly [format: ConfigFormat, name: string, text: string])[] = [
    [
      'autoinstall',
      'user-data',
      '#cloud-config\nautoinstall:\n  version: 1\n  identity: {hostname: a, username: b, password: "$6$x"}\n  storage:\n    layout: {name: lvm}\n',
    ],
    ['autoinstall', 'user-data', '#cloud-config\nusers: [a, &x {name: b}, *x]\nruncmd:\n - [ls, -l]\n'],
    ['kickstart', 'ks.cfg', 'text\nlang en_US\nrootpw --plaintext x\n%packages\n@core\n%end\n%post --log=/root/x\necho\n%end\n'],
    ['preseed', 'preseed.cfg', 'd-i debian-installer/locale string en_US\nd-i preseed/late_command string \\\n  in-target ls\n'],
    [
      'ignition',
      'config.ign',
      '{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/etc/hostname","contents":{"source":"data:,x"}}]}}',
    ],
    [
      'autoyast',
      'autoinst.xml',
      '<?xml version="1.0"?>\n<!DOCTYPE profile>\n<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns"><general><mode><confirm config:type="boolean">false</confirm></mode></general></profile>',
    ],
    [
      'autounattend',
      'autounattend.xml',
      '<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="windowsPE"><component name="x" processorArchitecture="amd64"/></settings></unattend>',
    ],
    ['ipxe', 'boot.ipxe', '#!ipxe\n:retry\nset x ${net0/mac}\niseq ${x} y && goto retry ||\nchain http://x/\n'],
    ['other', 'notes.json', '{"a":[1,2,{"b":null}],"a":1e5}'],
    ['other', 'other.yaml', 'a: &a [1]\nb: *a\n--- \nc: |\n  x\n'],
  ];
  return texts.map(([format, name, text]) =>
    Buffer.concat([Uint8Array.of(FORMATS.indexOf(format), NAMES.indexOf(name)), Buffer.from(text)]),
  );
}
