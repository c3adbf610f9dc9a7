/* Findings in config files. The editor shows each with its line and column. */

// Any file

export const INVALID_FIELD = '“{{” begins a field, but no name and “}}” follow. For literal braces, write \\{{ instead.';
export const BYTE_ORDER_MARK =
  'The file begins with a byte order mark, an invisible character. Bootbench leaves it out when it serves the file; save it as UTF-8 without BOM.';
export const NOT_UTF8 =
  'This character was not valid UTF-8 when the file was read, and is lost. Save the file as UTF-8, then add it again.';
export const INTERPRETER_NOT_FOUND =
  'The first line ends in CR LF, so the script’s interpreter is not found. Save the file with LF line ends.';

export function tooLargeToCheck(kib: number, limitKib: number, yamlLimitKib: number): string {
  return `These ${kib} KiB were not checked: the limit for all files of a config is ${yamlLimitKib} KiB of YAML or ${limitKib} KiB of anything else.`;
}

// JSON and Ignition

export const json = {
  trailing: 'Nothing may follow the end of the JSON value.',
  tooDeep: (levels: number) => `It is nested more than ${levels} deep.`,
  nameExpected: 'A member’s name in double quotes is expected here.',
  colonExpected: 'A colon is expected here.',
  separatorExpected: (end: string) => `A comma or “${end}” is expected here.`,
  trailingComma: (end: string) => `No comma is allowed before “${end}”.`,
  neverClosed: (bracket: string) => `This “${bracket}” is never closed.`,
  invalidString: 'This string is not closed on its line, or has an escape that JSON does not allow.',
  valueMissing: 'A value is missing at the end.',
  invalidValue: 'Not a JSON value.',
  duplicateKey: (key: string) => `“${key}” is given twice; only the last one counts.`,
};

export const ignition = {
  butane: 'This is Butane, which Ignition cannot read. Convert it first: butane config.bu > config.ign.',
  notAnObject: 'An Ignition config is a JSON object: { … }.',
  versionMissing: 'ignition.version is missing; Ignition refuses the config. Write "ignition": {"version": "3.4.0"}.',
  versionNotText: 'ignition.version must be a string, such as "3.4.0".',
  newerVersion: (version: string, minor: number) =>
    `Version ${version} is newer than 3.${minor}.0; check that the system’s Ignition supports it.`,
  unknownVersion: (version: string) => `Ignition does not know version “${version}”. Write 3.4.0, or 2.3.0 for old systems.`,
  ignoredSection: (name: string, sections: readonly string[]) =>
    `Ignition ignores “${name}”: the sections of this version are ${sections.join(', ')}.`,
};

// YAML and cloud-init

export const yaml = {
  tooDeep: 'This YAML is nested too deeply.',
  tab: 'A tab indents this line; YAML allows spaces only.',
  secondDocument: 'A second document begins here, after “---”; only the first is read.',
  unknownAnchor: (anchor: string) => `Anchor “&${anchor}” not found before this.`,
  duplicateKey: (key: string) => `“${key}” is given twice in its mapping; only the last one counts.`,
};

export const cloudInit = {
  heading: 'cloud-init accepts this file only when its first line is #cloud-config, without anything before it.',
  notAMapping: 'A cloud-config is a mapping: lines of “key: value”.',
  autoinstallMissing: '“autoinstall:” is missing, so Ubuntu’s installer would prompt instead of installing.',
  autoinstallNotAMapping: '“autoinstall:” must hold a mapping, indented below it, with “version: 1”.',
  versionMissing: 'autoinstall has no “version: 1”; the installer refuses it.',
  otherVersion: 'autoinstall’s version must be the number 1, the only version.',
  unknownSection: (key: string) => `The installer does not know section “${key}” in autoinstall.`,
  identityMissing: 'autoinstall has neither “identity:” nor “user-data:”, so the installer stops and prompts for a user.',
};

// XML: AutoYaST and Windows Setup

export const xml = {
  bareAmpersand: 'This “&” does not begin an entity; write &amp; for it.',
  tooDeep: (levels: number) => `Elements are nested more than ${levels} deep.`,
  otherRoot: (found: string, name: string, namespace: string) =>
    `The root element is <${found}>, but must be <${name} xmlns="${namespace}">.`,
  namespaceMissing: (name: string, namespace: string) => `<${name}> must be in its namespace: <${name} xmlns="${namespace}">.`,
};

export const answerFile = {
  autoYastConfirms: 'AutoYaST asks before it installs, unless <general><mode> has <confirm t="boolean">false</confirm>.',
  passMissing: (passes: readonly string[]) => `<settings> has no pass; it is one of ${passes.join(', ')}.`,
  unknownPass: (pass: string, passes: readonly string[]) =>
    `Windows Setup does not know pass “${pass}”; it is one of ${passes.join(', ')}.`,
  incompleteComponent: (missing: readonly string[]) => `Windows Setup ignores a <component> without ${missing.join(', ')}.`,
};

// Preseed

export const preseed = {
  openEnd: 'The last line ends in “\\”, but no line follows.',
  carriageReturns: 'Lines end in CR LF, and debconf takes the CR as part of each value. Save the file with LF line ends.',
  incompleteLine: (last: string) =>
    `A line is “owner question type value”, such as “d-i time/zone string UTC”; this one stops after “${last}”.`,
  unknownType: (type: string, types: readonly string[]) => `“${type}” is not a question type; the types are ${types.join(', ')}.`,
  questionWithoutSlash: (question: string) => `Questions are named package/question; “${question}” has no slash.`,
  notABoolean: (type: string, value: string) =>
    `The value of a ${type} is true or false${value === '' ? '; this one is empty' : `, not “${value}”`}.`,
  severalBlanks: 'More than one blank is before the value; all but the first become part of it.',
};

// iPXE

export const ipxe = {
  heading: 'iPXE accepts this as a script only when its first line is #!ipxe.',
  unknownLabel: (label: string) => `Label “:${label}” not found.`,
};

// Kickstart

/** What Anaconda does without a command. */
export const anacondaPrompts = {
  password: 'Neither rootpw nor user is given, so the installer stops and prompts for a password.',
  partitions: 'No partitions are described (autopart, part, …), so the installer stops and asks where to install.',
  language: 'lang is not given, so the installer stops and prompts for the language.',
  keyboard: 'keyboard is not given, so the installer may stop and prompt for it.',
  timezone: 'timezone is not given, so the installer stops and prompts for it.',
  reboot: 'reboot is not given, so the installer waits for a key when it is done.',
};

export const END_WITHOUT_SECTION = 'This %end does not close a section.';

export function sectionNotClosed(name: string): string {
  return `The section %${name} that begins here is not closed by %end.`;
}

export function unknownSection(name: string, known: readonly string[]): string {
  return `Unknown section %${name}; the sections are ${known.map((each) => `%${each}`).join(', ')}.`;
}

export function unknownAnacondaCommand(command: string): string {
  return `Anaconda does not know the command “${command}”.`;
}

export function unknownEsxiCommand(command: string): string {
  return `ESXi’s installer does not know the command “${command}”, and stops there.`;
}

export function scriptWithCarriageReturns(section: string): string {
  return `The script of %${section} has lines that end in CR LF, and the shell takes the CR as part of each command. Save the file with LF line ends.`;
}
