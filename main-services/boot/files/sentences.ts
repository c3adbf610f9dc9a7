/* Refusals of boot files, as a boot screen shows them, and log lines of the boot-files folder. */

export function unknownBootFile(name: string): string {
  return `Boot file "${name}" not found.`;
}

export function missingBootFile(file: string, cost: string): string {
  return `${file} is missing: ${cost} Run "npm run boot-files", or put the file into the boot-files folder.`;
}

export function netbootDisabled(mac: string, host: string): string {
  return `Netboot is disabled on interface ${mac} of ${host} (allowPXE=false).`;
}

export const pathFault = {
  tooLong: 'The file name is too long.',
  controlCharacters: 'The file name contains control characters.',
  outside: 'The file name leaves the boot-files folder.',
  empty: 'The file name is empty.',
};

export function packageOf(suite: string, name: string, version: string, path: string): string {
  return `Debian ${suite}, package ${name} ${version}, ${path}`;
}

export function fromAnotherSource(origin: string): string {
  return `A file that was put into the folder; it differs from the one of ${origin}`;
}

// Log

export function unreadable(file: string, cause: string): string {
  return `${file} cannot be read: ${cause}`;
}

export function linkLeavesFolder(file: string, folder: string): string {
  return `${file} is a link out of ${folder}; it is not served.`;
}

export function servedAlthoughDifferent(file: string, sha256: string): string {
  return `${file} is served from the folder, but its sha256 ${sha256} differs from the catalogue’s.`;
}
