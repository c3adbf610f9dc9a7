import { describe, expect, it } from 'vitest';
import type { ConfigFormat } from '../../../../contract/inventory.ts';
import { lintConfig } from '../../../../main-services/config/lint/lint.ts';

/** `line:column severity text` of each finding in a config's only file; parts of the text are enough. */
function expectFindings(format: ConfigFormat, file: string, text: string, expected: readonly string[]): void {
  const found = lintConfig(format, { [file]: text }).map(({ line, column, severity, message: words }) => {
    return `${line}${column === undefined ? '' : `:${column}`} ${severity} ${words}`;
  });
  expect(found.map((one, index) => (one.includes(expected[index] ?? '\0') ? expected[index] : one))).toEqual(expected);
}

const table = (format: ConfigFormat, file: string, rows: readonly (readonly [string, string, readonly string[]])[]): void => {
  it.each(rows)('%s', (_what, text, expected) => expectFindings(format, file, text, expected));
};

describe('Ignition', () => {
  const ok = '{"ignition": {"version": "3.4.0"}';
  table('ignition', 'config.ign', [
    ['the least there is', `${ok}}`, []],
    [
      'every section',
      `${ok}, "kernelArguments": {}, "passwd": {}, "storage": {}, "systemd": {"units": [1, -2.5e3, null, true, "\\u00e9\\n"]}}`,
      [],
    ],
    ['an old version, for Flatcar', '{"ignition": {"version": "2.3.0"}, "networkd": {}}', []],
    ['a field in a text and as a number', `${ok}, "storage": {"a": "{{ host.name }}", "b": {{ host.vars.n }}}}`, []],
    ['a version from a field', '{"ignition": {"version": "{{ host.vars.version }}"}}', []],
    ['nothing', '', ['1:1 error A value is missing at the end.']],
    ['no version', '{\n  "ignition": {}\n}', ['2:15 error ignition.version is missing']],
    ['no ignition', '{"storage": {}}', ['1:1 error ignition.version is missing']],
    ['an unknown version', '{"ignition": {"version": "1.0.0"}}', ['1:26 error Ignition does not know version “1.0.0”']],
    ['a newer version', '{"ignition": {"version": "3.9.0"}}', ['1:26 warning Version 3.9.0 is newer']],
    ['a number as version', '{"ignition": {"version": 3}}', ['1:26 error ignition.version must be a string']],
    ['an unknown section', `${ok},\n "sytemd": {}}`, ['2:2 warning Ignition ignores “sytemd”']],
    ['a section of the other version', `${ok}, "networkd": {}}`, ['1:36 warning Ignition ignores “networkd”']],
    ['a section twice', `${ok}, "storage": {}, "storage": {}}`, ['1:51 warning “storage” is given twice']],
    ['a list', '[]', ['1:1 error An Ignition config is a JSON object']],
    ['Butane', 'variant: fcos\nversion: 1.5.0\n', ['1 error This is Butane']],
    ['a comma too many', `${ok},\n}`, ['2:1 error No comma is allowed before “}”']],
    ['a comma missing', `${ok}\n "a": 1}`, ['2:2 error A comma or “}” is expected']],
    ['a colon missing', `${ok}, "a" 1}`, ['1:40 error A colon is expected']],
    ['a name without quotes', '{ignition: 1}', ['1:2 error A member’s name in double quotes']],
    ['single quotes', `${ok}, "a": 'b'}`, ['1:41 error Not a JSON value']],
    ['a text over two lines', `${ok}, "a": "b\nc"}`, ['1:41 error This string is not closed']],
    ['an unknown escape', `${ok}, "a": "\\x"}`, ['1:41 error This string is not closed on its line, or has an escape']],
    ['a bracket that is never closed', `${ok}, "a": [1, 2`, ['1:41 error This “[” is never closed']],
    ['something behind', `${ok}}\n}`, ['2:1 error Nothing may follow']],
    ['a number with a leading zero', `${ok}, "a": 012}`, ['1:41 error Not a JSON value']],
    ['nesting without end', '['.repeat(10_000), ['1:202 error It is nested more than 200 deep']],
  ]);
});

describe('autoinstall', () => {
  const ok = '#cloud-config\nautoinstall:\n  version: 1\n  identity: {hostname: a}\n';
  table('autoinstall', 'user-data', [
    ['the least there is', ok, []],
    ['fields, with and without quotes', `${ok}  locale: {{ host.vars.locale }}\n  ssh: {authorized-keys: ["{{ host.vars.key }}"]}\n`, []],
    ['user-data instead of identity', '#cloud-config\nautoinstall:\n  version: 1\n  user-data: {}\n', []],
    ['a script', '#!/bin/sh\nexit 0\n', []],
    ['Windows line ends', ok.replaceAll('\n', '\r\n'), []],
    [
      'no first line',
      ok.replace('#cloud-config\n', ''),
      ['1:1 error cloud-init accepts this file only when its first line is #cloud-config'],
    ],
    ['a comment before it', `# mine\n${ok}`, ['1:1 error cloud-init accepts']],
    ['more on the first line', ok.replace('config', 'config for me'), ['1:1 error cloud-init accepts']],
    ['a tab', `${ok}\tssh: {}\n`, ['5:1 error A tab indents this line']],
    ['a key twice', `${ok}  version: 1\n`, ['5:3 warning “version” is given twice']],
    ['no autoinstall', '#cloud-config\nusers: []\n', ['1 warning “autoinstall:” is missing']],
    ['autoinstall without indentation', '#cloud-config\nautoinstall:\nversion: 1\n', ['2:1 error “autoinstall:” must hold a mapping']],
    ['no version', '#cloud-config\nautoinstall:\n  identity: {}\n', ['2:1 error autoinstall has no “version: 1”']],
    ['another version', ok.replace('1', '2'), ['3:3 error autoinstall’s version must be the number 1']],
    ['a version in quotes', ok.replace('1', '"1"'), ['3:3 error autoinstall’s version must be the number 1']],
    ['an unknown section', `${ok}  storge: {}\n`, ['5:3 warning The installer does not know section “storge”']],
    [
      'nobody to log in',
      '#cloud-config\nautoinstall:\n  version: 1\n',
      ['2:1 warning autoinstall has neither “identity:” nor “user-data:”'],
    ],
    ['a list', '#cloud-config\n- a\n', ['1 error A cloud-config is a mapping']],
    ['a bracket that is never closed', `${ok}  apt: [a\n`, ['6:1 error ']],
    ['an alias to nothing', `${ok}  apt: *a\n`, ['5:8 error Anchor “&a” not found before this']],
    ['two documents', `${ok}---\na: 1\n`, ['5:1 error A second document begins here']],
    ['nothing', '', ['1:1 error cloud-init accepts', '1 error A cloud-config is a mapping']],
    ['braces that hold no field', `${ok}  locale: "{{ }}"\n`, ['5:12 error “{{” begins a field']],
    ['braces as they are', `${ok}  late-commands: ["echo \\{{ x }}"]\n`, []],
  ]);

  it('looks at the files beside it by their names', () => {
    const files = { 'user-data': ok, 'meta-data': '', 'network-config': 'version: 2\n\tx: 1\n', 'run.sh': 'a: b: c: [', 'x.json': '{' };
    expect(lintConfig('autoinstall', files).map(({ file, line }) => `${file}:${line}`)).toEqual(['network-config:2', 'x.json:1']);
  });
});

describe('AutoYaST', () => {
  const open =
    '<?xml version="1.0"?>\n<!DOCTYPE profile>\n<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">\n';
  const mode = '<general><mode><confirm config:type="boolean">false</confirm></mode></general>\n';
  table('autoyast', 'autoinst.xml', [
    ['the least there is', `${open}${mode}</profile>\n`, []],
    ['fields', `${open}${mode}<networking><ip>{{ host.ip }}</ip></networking></profile>\n`, []],
    ['a byte order mark', `\u{feff}${open}${mode}</profile>\n`, []],
    ['it asks', `${open}</profile>\n`, ['3:1 warning AutoYaST asks before it installs']],
    ['no namespace', `<profile>${mode.replace('config:type', 't')}</profile>`, ['1:1 warning <profile> must be in its namespace']],
    ['another root', '<unattend/>', ['1:1 error The root element is <unattend>, but must be <profile']],
    ['an element that is not closed', `${open}<a>\n</profile>\n`, ['5:10 error Unexpected close tag']],
    ['a prefix that is not declared', `${open}<a x:b="c"/></profile>`, ['4:12 error ']],
    ['an attribute without quotes', `${open}<a b=c/></profile>`, ['4:6 error ']],
    ['an unknown entity', `${open}<a>&nbsp;</a></profile>`, ['4:9 error ']],
    ['a bare ampersand', `${open}<a>x && y</a></profile>`, ['4:6 error This “&” does not begin an entity']],
    ['nothing', '', ['1:1 error Document must contain a root element.']],
    ['no XML', 'hello', ['1:5 error Text data outside of root node.']],
    ['nesting without end', `${open}${'<a>'.repeat(5000)}`, ['4:300 error Elements are nested more than 100 deep']],
  ]);
});

describe('autounattend', () => {
  const component =
    '<component name="Microsoft-Windows-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS"/>';
  const file = (inner: string): string => `<unattend xmlns="urn:schemas-microsoft-com:unattend">\n${inner}\n</unattend>`;
  table('autounattend', 'autounattend.xml', [
    ['the least there is', file(`<settings pass="windowsPE">${component}</settings>`), []],
    ['no namespace', '<unattend/>', ['1:1 error <unattend> must be in its namespace']],
    ['an unknown pass', file('<settings pass="winPE"/>'), ['2:1 error Windows Setup does not know pass “winPE”']],
    ['no pass', file('<settings/>'), ['2:1 error <settings> has no pass']],
    [
      'a component without its architecture',
      file(`<settings pass="specialize">${component.replace(/ processor\S+/, '')}</settings>`),
      ['2:29 error Windows Setup ignores a <component> without processorArchitecture'],
    ],
  ]);
});

describe('kickstart', () => {
  const all = 'lang en_US\nkeyboard us\ntimezone UTC\nrootpw --lock\nautopart\nreboot\n';
  table('kickstart', 'ks.cfg', [
    ['all that is needed', all, []],
    [
      'sections',
      `${all}%packages --ignoremissing\n@core\n-foo\n%end\n%pre --interpreter=/bin/bash\n# %end of it\n%end\n%post\n%addon\n%end\n`,
      ['14:1 error The section %post that begins here is not closed'],
    ],
    ['a script that has percent signs', `${all}%post\n%define x\n  %packages\nprintf %s a\n%end\n`, []],
    ['fields', `${all}network --ip={{ host.ip }}\n{{ host.vars.more }}\n`, []],
    ['a comment, and a line that goes on', `# %foo\nlang \\\n  en_US\n${all}`, []],
    ['an unknown section', `${all}%packges\n%end\n`, ['7:1 error Unknown section %packges']],
    ['a section that is not closed', `${all}%packages\n@core\n`, ['7:1 error The section %packages that begins here is not closed']],
    ['%end alone', `${all}%end\n`, ['7 error This %end does not close a section']],
    ['an unknown command', `${all}rootpwd secret\n`, ['7 warning Anaconda does not know the command “rootpwd”']],
    [
      'what the installer would ask for',
      'text\n',
      [
        '1 warning Neither rootpw nor user',
        '1 warning No partitions',
        '1 warning lang is',
        '1 warning keyboard is',
        '1 warning timezone is',
        '1 warning reboot is',
      ],
    ],
    ['an included file may hold it', '%include /tmp/disk\n', []],
    [
      'ESXi, whose sections have no end',
      'vmaccepteula\ninstall --firstdisk\nrootpw x\nreboot\n%firstboot --interpreter=busybox\nesxcli x\n%post\nls\n',
      [],
    ],
    ['ESXi with a command of Anaconda', 'vmaccepteula\nlang en_US\n', ['2 error ESXi’s installer does not know the command “lang”']],
    ['ESXi with an unknown section', 'vmaccepteula\n%packages\n', ['2:1 error Unknown section %packages']],
  ]);
});

describe('preseed', () => {
  it('b16: a line of many parts, as long as a config may be, is read in a time that grows with its length', () => {
    const text = `d-i preseed/late_command string a; \\\n${'\\\n'.repeat(125_000)}  true\n`;
    const started = performance.now();
    expect(lintConfig('preseed', { 'preseed.cfg': text })).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  table('preseed', 'preseed.cfg', [
    [
      'lines as they should be',
      '# a comment\n\nd-i debian-installer/locale string en_US\ntasksel tasksel/first multiselect standard\nd-i a/b boolean true\nd-i a/b password\n',
      [],
    ],
    ['tabs and the seen flag', 'd-i\ta/b\tboolean\tfalse\nd-i a/b seen true\n', []],
    ['a line that goes on', 'd-i preseed/late_command string a; \\\n   b; \\\n   c\n', []],
    ['fields', 'd-i netcfg/get_hostname string {{ host.name }}\nd-i a/b boolean {{ host.vars.flag }}\n', []],
    ['a line that is too short', 'd-i a/b\n', ['1 error A line is “owner question type value”']],
    ['one word', '\nhello\n', ['2 error A line is “owner question type value”']],
    ['an unknown type', 'd-i a/b sting c\n', ['1 error “sting” is not a question type']],
    ['a boolean that is none', 'd-i a/b boolean yes\n', ['1 error The value of a boolean is true or false, not “yes”']],
    ['a boolean without a value', 'd-i a/b boolean\n', ['1 error The value of a boolean is true or false; this one is empty']],
    ['a question without a package', 'd-i locale string en\n', ['1 warning Questions are named package/question']],
    ['two blanks before the value', 'd-i a/b string  c\n', ['1 warning More than one blank is before the value']],
    ['a last line that goes on', 'd-i a/b string c \\\n', ['1 error The last line ends in “\\”']],
  ]);
});

describe('iPXE', () => {
  table('ipxe', 'boot.ipxe', [
    ['a script', '#!ipxe\n:again\ndhcp || goto again\ngoto ${target}\n# goto nowhere\n', []],
    ['no first line', 'dhcp\n', ['1:1 error iPXE accepts this as a script only']],
    ['a jump to nowhere', '#!ipxe\ndhcp && goto on || goto off\n:on\n', ['2 error Label “:off” not found']],
  ]);
});

describe('a config', () => {
  it('of another format is looked at by the names of its files', () => {
    const files = { 'a.json': '{', 'a.yaml': 'a: [', 'a.xml': '<a>', 'a.ign': '{}', 'a.ipxe': 'x', 'a.txt': '{{', notes: '{' };
    expect(lintConfig('other', files).map(({ file }) => file)).toEqual(['a.ign', 'a.ipxe', 'a.json', 'a.txt', 'a.xml', 'a.yaml']);
  });

  it('with one file of any name is looked at as its format', () => {
    expect(lintConfig('preseed', { answers: 'hello\n' })).toHaveLength(1);
    expect(lintConfig('preseed', { answers: 'hello\n', more: '' })).toEqual([]);
  });

  it.each(['ignition', 'autoinstall', 'kickstart', 'ipxe'] as const)('of %s must not begin with a byte order mark', (format) => {
    expect(lintConfig(format, { a: '\u{feff}#!ipxe\n' })[0]?.message).toContain('byte order mark');
  });

  it.each(['ignition', 'autoinstall', 'kickstart', 'preseed', 'ipxe', 'other'] as const)(
    'c2: of %s with a byte order mark: a warning that says what becomes of it, and the rest is looked at as it is served',
    (format) => {
      const text: Partial<Record<string, string>> = {
        ignition: '{"ignition":{"version":"3.4.0"}}',
        autoinstall: '#cloud-config\nautoinstall: {version: 1, user-data: {}}\n',
      };
      const files = { a: `\u{feff}${text[format] ?? '# nothing\n'}` };
      const [mark, ...rest] = lintConfig(format, files);
      expect(mark).toMatchObject({ line: 1, column: 1, severity: 'warning', message: expect.stringContaining('leaves it out') as string });
      expect(rest).toEqual(lintConfig(format, { a: files.a.slice(1) }));
    },
  );

  it.each([
    ['Latin-1', 'lang C\nuser --gecos=gr\ufffdn\n', '2:16'],
    ['UTF-16 or binary', 'l\0a\0', '1:2'],
  ])('c2: of a file that was %s when it was dropped says so', (_name, text, place) => {
    const [found] = lintConfig('other', { a: text });
    expect(`${found?.line ?? 0}:${found?.column ?? 0}`).toBe(place);
    expect(found).toMatchObject({ severity: 'error', message: expect.stringContaining('not valid UTF-8') as string });
  });

  const lineEnds = (format: 'kickstart' | 'preseed' | 'autoinstall' | 'ipxe' | 'other', file: string, text: string) =>
    lintConfig(format, { [file]: text, other: '' })
      .filter(({ message: sentence }) => sentence.includes('CR LF'))
      .map(({ line, severity }) => `${line} ${severity}`);

  it.each([
    [
      'in %post, once for each script',
      'kickstart',
      'ks.cfg',
      'lang C\r\n%post\r\na\r\nb\r\n%end\r\n%pre\nc\r\n%end\n',
      ['3 error', '7 error'],
    ],
    ['in ESXi’s %firstboot', 'kickstart', 'ks.cfg', 'accepteula\n%firstboot --interpreter=busybox\na\r\n', ['3 error']],
    ['around commands and packages alone, which Anaconda takes', 'kickstart', 'ks.cfg', 'lang C\r\n%packages\r\n@core\r\n%end\r\n', []],
    ['in a preseed', 'preseed', 'preseed.cfg', '# a\nd-i a/b boolean true\r\nd-i a/c string x\r\n', ['2 error']],
    // coreos/bugs#721 and every "/bin/bash^M: bad interpreter".
    ['in a script that cloud-init runs', 'autoinstall', 'user-data', '#!/bin/bash\r\necho\r\n', ['1 error']],
    ['in a script beside', 'other', 'setup.sh', '#!/bin/sh -e\r\necho\r\n', ['1 error']],
    ['in YAML, which reads it as LF', 'autoinstall', 'user-data', '#cloud-config\r\na: 1\r\n', []],
    ['in an iPXE script, which takes it for a blank', 'ipxe', 'boot.ipxe', '#!ipxe\r\ndhcp\r\n', []],
  ] as const)('c2: CR LF %s', (_name, format, file, text, expected) => {
    expect(lineEnds(format, file, text)).toEqual(expected);
  });

  it('that is very large is not looked at, and says so', () => {
    expect(lintConfig('autoinstall', { 'user-data': '['.repeat(40_000) })).toMatchObject([{ severity: 'warning', line: 1 }]);
    expect(lintConfig('ipxe', { a: 'x'.repeat(1_000_000) })).toMatchObject([{ severity: 'warning' }]);
  });

  it.each(['{', '[', '{{', '"', '<a>', '&a [*a, ', 'a: 1\n', '- ', '%post\n', '\\\n', '\n', '<<: *a\n', '&x;', ':\t'])(
    'of nothing but %j never throws, and is looked at quickly',
    (part) => {
      const text = part.repeat(32_000 / part.length);
      const start = performance.now();
      for (const format of ['ignition', 'kickstart', 'preseed', 'autoinstall', 'autoyast', 'autounattend', 'ipxe', 'other'] as const)
        for (const file of ['user-data', 'a.cfg', 'a.json', 'a.yaml', 'a.xml', 'a.ign'])
          expect(lintConfig(format, { [file]: text, b: '' }).length).toBeLessThanOrEqual(200);
      // 48 looks; quadratic time would show as minutes.
      expect(performance.now() - start).toBeLessThan(20_000);
    },
  );
});
