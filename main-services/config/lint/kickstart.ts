import { error, logicalLines, warning, type Found, type LogicalLine } from './finding.ts';
import { isMasked } from './mask.ts';
import * as sentences from './sentences.ts';

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

/** What Anaconda stops and prompts for when none of the commands is present. */
const NEEDED: readonly (readonly [commands: readonly string[], message: string])[] = [
  [['rootpw', 'user', 'sshkey'], sentences.anacondaPrompts.password],
  [['autopart', 'part', 'partition', 'logvol', 'raid', 'btrfs', 'mount', 'reqpart'], sentences.anacondaPrompts.partitions],
  [['lang'], sentences.anacondaPrompts.language],
  [['keyboard'], sentences.anacondaPrompts.keyboard],
  [['timezone'], sentences.anacondaPrompts.timezone],
  [['reboot', 'poweroff', 'shutdown', 'halt'], sentences.anacondaPrompts.reboot],
];

interface Section {
  readonly name: string;
  readonly line: number;
}

export function lintKickstart(text: string): Found[] {
  const lines = logicalLines(text);
  return [...(isEsxi(lines) ? lintEsxi(lines) : lintAnaconda(lines)), ...scriptLineEnds(text)];
}

/** Sections that a shell runs. Anaconda itself accepts CR LF; the shell takes the CR as part of the last word. */
const SCRIPT = /^%(pre|pre-install|post|onerror|traceback|firstboot)\b/;

/** One finding for each script with CR LF. */
function scriptLineEnds(text: string): Found[] {
  const findings: Found[] = [];
  let script: string | undefined;
  let reported = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('%')) [script, reported] = [SCRIPT.exec(line)?.[1], false];
    else if (script !== undefined && !reported && line.endsWith('\r')) {
      findings.push(error({ line: index + 1 }, sentences.scriptWithCarriageReturns(script)));
      reported = true;
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
  return reader.finish();
}

/** Reads an Anaconda kickstart line by line: commands outside sections, `%name` to `%end`, includes. */
class AnacondaReader {
  readonly #findings: Found[] = [];
  readonly #commands: string[] = [];
  #open: Section | undefined;
  /** Another file may have the commands that this one lacks. */
  #includes = false;

  read({ line, text }: LogicalLine): void {
    const word = firstWord(text);
    if (word === undefined) return;
    const section = sectionName(text);
    if (section === 'include' || section === 'ksappend') this.#includes ||= !this.#open;
    else if (section === 'end') this.#end(line);
    else if (section !== undefined && (!this.#open || SECTIONS.includes(section))) this.#begin({ name: section, line });
    else if (!this.#open) this.#command(word, line);
  }

  finish(): Found[] {
    const isComplete = this.#includes || this.#commands.includes('interactive');
    return [...this.#findings, ...(this.#open ? [unclosed(this.#open)] : []), ...(isComplete ? [] : missing(this.#commands))];
  }

  #begin(section: Section): void {
    if (this.#open) this.#findings.push(unclosed(this.#open));
    if (!SECTIONS.includes(section.name))
      this.#findings.push(error({ line: section.line, column: 1 }, sentences.unknownSection(section.name, SECTIONS)));
    this.#open = section;
  }

  #end(line: number): void {
    if (!this.#open) this.#findings.push(error({ line }, sentences.END_WITHOUT_SECTION));
    this.#open = undefined;
  }

  #command(word: string, line: number): void {
    this.#commands.push(word);
    if (!COMMANDS.has(word) && !isMasked(word)) this.#findings.push(warning({ line }, sentences.unknownAnacondaCommand(word)));
  }
}

function firstWord(text: string): string | undefined {
  return /^\s*([^\s#]\S*)/.exec(text)?.[1];
}

function sectionName(text: string): string | undefined {
  return /^%([A-Za-z][\w-]*)/.exec(text)?.[1];
}

function missing(commands: readonly string[]): Found[] {
  return NEEDED.filter(([any]) => !any.some((command) => commands.includes(command))).map(([, message]) => warning({ line: 1 }, message));
}

function unclosed({ name, line }: Section): Found {
  return error({ line, column: 1 }, sentences.sectionNotClosed(name));
}

/** Sections end where the next begins, and an unknown command ends the installation. */
function lintEsxi(lines: readonly LogicalLine[]): Found[] {
  const findings: Found[] = [];
  let inScript = false;
  for (const { line, text } of lines) {
    const word = firstWord(text);
    const section = sectionName(text);
    if (word === undefined || section === 'include') continue;
    if (section !== undefined && !(inScript && section === 'end')) {
      inScript = true;
      if (!ESXI_SECTIONS.includes(section)) findings.push(error({ line, column: 1 }, sentences.unknownSection(section, ESXI_SECTIONS)));
    } else if (!inScript && !ESXI_COMMANDS.has(word) && !isMasked(word)) {
      findings.push(error({ line }, sentences.unknownEsxiCommand(word)));
    }
  }
  return findings;
}
