import type { Config } from '../../../contract/inventory.ts';
import type { LintFinding } from '../../../contract/views.ts';
import { counted } from '../../format/count.ts';
import { formatList } from '../../format/list.ts';

/** `user-data (default), meta-data`. */
export function fileNames({ files, defaultFile }: Config): string {
  const names = Object.keys(files);
  return names.map((name) => (name === defaultFile && names.length > 1 ? `${name} (default)` : name)).join(', ');
}

/** `no problems found`, `1 error`, `2 errors and 1 warning`. */
export function findingsCount(findings: readonly Pick<LintFinding, 'severity'>[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const counts = [errors > 0 ? counted(errors, 'error') : undefined, warnings > 0 ? counted(warnings, 'warning') : undefined];
  const found = counts.filter((count) => count !== undefined);
  return found.length === 0 ? 'no problems found' : formatList(found);
}

export const LIST = {
  title: 'Configs',
  search: 'Search configs',
  add: 'Add a config',
  name: 'Name',
  format: 'Format',
  files: 'Files',
  images: 'Images that list it',
  hosts: 'Hosts that use it',
  none: 'none',
  empty: 'No configs yet. Press “Add a config” and paste a kickstart, preseed, autoinstall or Ignition file.',
  unsaved: 'unsaved changes',
} as const;

export function nothingFound(search: string): string {
  return `No config has “${search}” in its name or format.`;
}

export const FORMAT = { label: 'Format', choose: 'choose a format' } as const;

export const ADD = {
  title: 'Add a config',
  name: 'Name',
  firstFile: 'First file',
  text: 'Text: paste it, or drop a file here',
  chooseFile: 'Choose a file',
  cancel: 'Cancel',
  add: 'Add this config',
  badFileName: 'Use a plain file name without slashes.',
  badName: 'Use letters, digits, dots, dashes or underscores, and start and end with a letter or digit.',
} as const;

export function nameTaken(name: string): string {
  return `A config named ${name} already exists.`;
}

export function fileTooLarge(fileName: string): string {
  return `${fileName} was not added: a config file may have at most 1 MiB of text.`;
}

export function notText(fileName: string): string {
  return `${fileName} was not added: it is not a text file.`;
}

export const PAGE = {
  showAll: 'Show all configs',
  files: 'Files',
  help: 'Tab indents. Esc, then Tab leaves the editor. Ctrl-S saves, F8 goes to the next finding. Type {{ for fields.',
  side: 'Preview and fields',
  saving: 'saving…',
  unsaved: 'unsaved changes',
  saved: 'saved',
  save: 'Save config',
  description: 'Description',
  descriptionExample: 'What it is for',
  conflictNext: 'Your version is in the editor, the other one next to it.',
  keepMine: 'Keep mine',
  takeTheirs: 'Take the other version',
} as const;

export function notFound(name: string): string {
  return `Config ${name} not found`;
}

export function changedElsewhere(name: string): string {
  return `${name} was changed elsewhere while you edited it.`;
}

export const FINDINGS = { title: 'Findings', checking: 'Checking…' } as const;

export const PREVIEW = {
  title: 'Preview for',
  otherVersion: 'The other version',
  host: 'Host of the preview',
  assigned: 'uses this config',
  noHosts: 'no hosts yet',
  addHost: 'No hosts yet. Add one to see this config with its fields filled in.',
  loading: 'Loading the preview…',
  unsaved: 'as saved; save to see changes',
  notSaved: 'This file is not saved yet.',
  text: 'Text of the preview',
} as const;

export function otherVersionOf(file: string): string {
  return `The other version of ${file}`;
}

export function noSuchFile(file: string): string {
  return `The other version has no file ${file}.`;
}

export function goToLine(line: number): string {
  return `Go to line ${line}`;
}

export const FILES = {
  list: 'Files of this config',
  default: 'default',
  defaultFile: 'default file',
  unsaved: 'unsaved changes',
  addFile: 'Add file',
  rename: 'Rename',
  makeDefault: 'Make default',
  makeDefaultHint: 'The file that a host gets when it requests none by name',
  notDefault: 'Not default',
  notDefaultHint: 'The file is then found by its usual name',
  remove: 'Remove file',
  addTitle: 'Add a file',
  addThis: 'Add this file',
  renameThis: 'Rename this file',
  cancel: 'Cancel',
  name: 'File name',
} as const;

export function renameTitle(file: string): string {
  return `Rename ${file}`;
}

export function fileExists(name: string): string {
  return `A file named ${name} already exists.`;
}

export const REMOVE = { open: 'Remove config', deletes: 'Its files are deleted.', cancel: 'Keep it' } as const;

export function removeTitle(name: string): string {
  return `Remove ${name}?`;
}

export function removeNow(name: string): string {
  return `Remove ${name}`;
}

export function leavesLists(images: readonly string[]): string {
  return `It is also removed from ${formatList(images)}.`;
}
