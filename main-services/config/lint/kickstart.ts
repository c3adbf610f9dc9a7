import { error, logicalLines, warning, type Found, type LogicalLine } from './finding.ts';
import { isMasked } from './mask.ts';

/** pykickstart's documentation, of RHEL 6 to 10 and Fedora. */
const SECTIONS = ['pre', 'pre-install', 'post', 'onerror', 'traceback', 'packages', 'addon', 'anaconda', 'certificate'];
const COMMANDS = new Set(
  `auth authconfig authselect autopart autostep bootc bootloader btrfs cdrom clearpart cmdline device deviceprobe dmraid driverdisk eula
  fcoe firewall firstboot graphical group halt harddrive hmc ignoredisk install interactive iscsi iscsiname key keyboard lang langsupport
  lilo liveimg logging logvol mediacheck method module monitor mount mouse multipath network nfs nvdimm ostreecontainer ostreesetup part
  partition poweroff raid rdp realm reboot repo reqpart rescue rhsm rootpw selinux services shutdown skipx snapshot sshkey sshpw syspurpose
  text timesource timezone unsupported_hardware updates upgrade url user vnc volgroup xconfig zerombr zfcp zipl`.split(/\s+/),
);

/** VMware's "Installation and Upgrade Script Commands": ESXi's scripts have the name in common, and little else. */
const ESXI_SECTIONS = ['pre', 'post', 'firstboot'];
const ESXI_COMMANDS = new Set(
  `accepteula clearpart dryrun include install installorupgrade keyboard license network paranoid part partition reboot rootpw serialnum
  upgrade vmaccepteula vmserialnum`.split(/\s+/),
);

/** What Anaconda stops and asks for when none of the commands is there. */
const NEEDED: readonly (readonly [commands: readonly string[], sentence: string])[] = [
  [['rootpw', 'user', 'sshkey'], 'Neither rootpw nor user is given, so the installer stops and asks for a password.'],
  [
    ['autopart', 'part', 'partition', 'logvol', 'raid', 'btrfs', 'mount', 'reqpart'],
    'No partitions are described (autopart, part, …), so the installer stops and asks where to install.',
  ],
  [['lang'], 'lang is not given, so the installer stops and asks for the language.'],
  [['keyboard'], 'keyboard is not given, so the installer may stop and ask for it.'],
  [['timezone'], 'timezone is not given, so the installer stops and asks for it.'],
  [['reboot', 'poweroff', 'shutdown', 'halt'], 'reboot is not given, so the installer waits for a key when it is done.'],
];

interface Section {
  readonly name: string;
  readonly line: number;
}

export function lintKickstart(text: string): Found[] {
  const lines = logicalLines(text);
  return [...(isEsxi(lines) ? lintEsxi(lines) : lintAnaconda(lines)), ...scriptLineEnds(text)];
}

/** Sections that a shell runs. Anaconda itself takes CR LF; the shell takes the CR for a part of the last word. */
const SCRIPT = /^%(pre|pre-install|post|onerror|traceback|firstboot)\b/;

/** One finding for each script with CR LF. */
function scriptLineEnds(text: string): Found[] {
  const findings: Found[] = [];
  let script: string | undefined;
  let told = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('%')) [script, told] = [SCRIPT.exec(line)?.[1], false];
    else if (script !== undefined && !told && line.endsWith('\r')) {
      const sentence = `The script of %${script} has lines that end in CR LF, and the shell takes the CR for a part of each command. Save the file with LF line ends.`;
      findings.push(error({ line: index + 1 }, sentence));
      told = true;
    }
  }
  return findings;
}

function isEsxi(lines: readonly LogicalLine[]): boolean {
  return lines.some(({ text }) => /^\s*(?:vm)?accepteula\b|^%firstboot\b/.test(text));
}

function lintAnaconda(lines: readonly LogicalLine[]): Found[] {
  const reader = new AnacondaReader();
  for (const line of lines) reader.read(line);
  return reader.end();
}

/** Follows a kickstart line by line: the section that is open, and the commands outside of all. */
class AnacondaReader {
  readonly #findings: Found[] = [];
  readonly #commands: string[] = [];
  #open: Section | undefined;
  #includes = false;

  read({ line, text }: LogicalLine): void {
    const word = /^\s*([^\s#]\S*)/.exec(text)?.[1];
    if (word === undefined) return;
    const section = /^%([A-Za-z][\w-]*)/.exec(text)?.[1];
    if (section === 'include' || section === 'ksappend') this.#includes ||= !this.#open;
    else if (section === 'end') this.#close(line);
    else if (section !== undefined && (!this.#open || SECTIONS.includes(section))) this.#begin(section, line);
    else if (!this.#open) this.#command(word, line);
  }

  end(): Found[] {
    if (this.#open) this.#findings.push(unclosed(this.#open));
    const isComplete = this.#includes || this.#commands.includes('interactive');
    return [...this.#findings, ...(isComplete ? [] : missing(this.#commands))];
  }

  #begin(name: string, line: number): void {
    if (this.#open) this.#findings.push(unclosed(this.#open));
    if (!SECTIONS.includes(name)) this.#findings.push(error({ line, column: 1 }, unknownSection(name, SECTIONS)));
    this.#open = { name, line };
  }

  #close(line: number): void {
    if (!this.#open) this.#findings.push(error({ line }, 'This %end closes no section.'));
    this.#open = undefined;
  }

  #command(word: string, line: number): void {
    this.#commands.push(word);
    if (!COMMANDS.has(word) && !isMasked(word)) this.#findings.push(warning({ line }, `Anaconda knows no command “${word}”.`));
  }
}

function missing(commands: readonly string[]): Found[] {
  return NEEDED.filter(([any]) => !any.some((command) => commands.includes(command))).map(([, sentence]) => warning({ line: 1 }, sentence));
}

function unclosed({ name, line }: Section): Found {
  return error({ line, column: 1 }, `The section %${name} that begins here is not closed by %end.`);
}

function unknownSection(name: string, known: readonly string[]): string {
  return `There is no section %${name}; there are ${known.map((each) => `%${each}`).join(', ')}.`;
}

/** Sections end where the next begins, and an unknown command ends the installation. */
function lintEsxi(lines: readonly LogicalLine[]): Found[] {
  const findings: Found[] = [];
  let inScript = false;
  for (const { line, text } of lines) {
    const word = /^\s*([^\s#]\S*)/.exec(text)?.[1];
    const section = /^%([A-Za-z][\w-]*)/.exec(text)?.[1];
    if (word === undefined || section === 'include') continue;
    if (section !== undefined && !(inScript && section === 'end')) {
      inScript = true;
      if (!ESXI_SECTIONS.includes(section)) findings.push(error({ line, column: 1 }, unknownSection(section, ESXI_SECTIONS)));
    } else if (!inScript && !ESXI_COMMANDS.has(word) && !isMasked(word)) {
      findings.push(error({ line }, `ESXi’s installer knows no command “${word}”, and stops there.`));
    }
  }
  return findings;
}
