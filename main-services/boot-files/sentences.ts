/* What fetching boot files reports, and why a file is refused. */

// Progress

export const readingPackageLists = (label: string, hosts: string): string => `Reading the package lists of ${label} from ${hosts}…`;
export const downloadingPackage = (name: string): string => `Downloading ${name}…`;
export const readingFrom = (file: string, source: string): string => `Reading ${file} from ${source}…`;
export const installed = (file: string, from: string, sha256: string): string => `${file}: ${from}, sha256 ${sha256}.`;
export const ownFileStays = (file: string): string => `${file}: your own file stays in place. Remove it first to fetch another.`;

// Packages

export const packageOf = (label: string, name: string, version: string, path: string): string =>
  `${label}, package ${name} ${version}, ${path}`;
export const noAptSource = (file: string): string =>
  `${file} was not installed: the apt sources of this system have no archive of Debian or Ubuntu with the component main.`;
export const packageListsUnreadable = (label: string, failures: readonly string[]): string =>
  `The package lists of ${label} could not be read: ${failures.join(' / ')} Is this computer online?`;
export const packageNotDownloaded = (name: string, reason: string): string => `The package ${name} could not be downloaded: ${reason}.`;
export const packageNotUnpacked = (name: string, reason: string): string => `The package ${name} could not be unpacked: ${reason}.`;
export const packageNotSigned = (name: string, reason: string): string =>
  `The package ${name} has no valid signature of this distribution: ${reason}.`;
export const signatureResult = (result: string): string => `rpmkeys reports “${result}”`;
export const keysNotImported = (files: readonly string[], reason: string): string =>
  `The keys of the distribution (${files.join(', ')}) could not be read: ${reason}.`;
export const packageWithout = (name: string, version: string, paths: readonly string[]): string =>
  `The package ${name} ${version} has no ${paths.join(', ')}.`;
export const DNF_DOWNLOAD_MISSING = 'dnf has no command “download”; install the package dnf-plugins-core';

export function notTheCataloguesBytes(
  file: { readonly name: string; readonly source: { readonly version: string } },
  origin: { readonly label: string; readonly package: string; readonly version: string; readonly path: string },
  sha256: string,
): string {
  const moved = origin.version === file.source.version ? '' : `; the catalogue was written for ${file.source.version}`;
  const package_ = `${origin.label}’s ${origin.package} is ${origin.version} and has another ${origin.path} (sha256 ${sha256})`;
  return `${file.name} was not installed: ${package_}${moved}. resources/boot-files.json needs an update.`;
}

export const notInstalled = (file: string, reason: string): string => `${file} was not installed: ${reason}`;
export const noPackages = (system: string, files: readonly string[]): string =>
  `Bootbench knows no packages with boot files for ${system}. Missing: ${files.join(', ')}.`;
export const FETCH_FROM_SOURCE =
  'Run `bootbench boot-files fetch --from https://boot.ipxe.org` (the iPXE project’s own builds), or give another address or folder.';

// Sources

export const ADDRESS_WITH_PASSWORD = 'The address must not contain a user name or password.';
export const NO_ANSWER = 'no answer for 30 s';
export const TOO_LARGE = 'it is larger than 32 MiB';
export const notAnAddress = (text: string): string => `“${text}” is not an address.`;
export const otherScheme = (scheme: string): string => `${scheme}// addresses are not supported; use https.`;
export const plainHttp = (url: string): string =>
  `${url} is plain HTTP, so anyone on the way can replace the file. Use https, or allow HTTP with --allow-http.`;
export const folderNotFound = (path: string): string => `The folder ${path} does not exist.`;
export const redirectRefused = (from: string, to: string): string => `${from} redirects to ${to}, which is not encrypted.`;
export const tooManyRedirects = (url: string): string => `${url} redirects more than 5 times.`;
export const unexpectedStatus = (url: string, status: number): string => `${url} returned HTTP status ${status}.`;
export const unreachable = (url: string, reason: string): string => `${url} cannot be reached: ${reason}.`;
export const interrupted = (url: string, reason: string): string => `The download of ${url} was interrupted: ${reason}.`;
export const tooLargeFile = (path: string): string => `${path} is larger than 32 MiB.`;

// Bytes

export function notABootFile(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1').trimStart();
  if (/^<(!doctype|html|head|\?xml)/i.test(start)) return 'it is a web page, not a boot file.';
  return 'it is neither a complete UEFI program nor an iPXE image for BIOS.';
}
export const otherMachine = (machine: string | undefined, wanted: string): string =>
  `it is for ${machine ?? 'another machine'}, not for ${wanted}.`;
export const notConfirmed = (file: string, sha256: string): string => `${file} was not installed: sha256 ${sha256} was not confirmed.`;
export const changedHash = (file: string, sha256: string, before: string): string =>
  `${file} was not installed: the source now has sha256 ${sha256}; you confirmed ${before}. If you expect the new file, accept it with --sha256 ${file}=${sha256}.`;
export const otherHash = (file: string, sha256: string, wanted: string): string =>
  `${file} was not installed: its sha256 is ${sha256}, not ${wanted}.`;
export const notInCatalogue = (name: string, names: readonly string[]): string =>
  `${name} is not in the catalogue; it has ${names.join(', ')}.`;

// The folder

export const cannotRead = (path: string, reason: string): string => `${path} cannot be read: ${reason}`;
export const cannotWrite = (path: string, reason: string): string => `${path} cannot be written: ${reason}`;
export const cannotCreate = (path: string, reason: string): string => `${path} cannot be created: ${reason}`;
