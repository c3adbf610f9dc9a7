/* Refusals, events and states of the boot plane's HTTP service. Boot screens and BMC logs show the error bodies. */

// Requests

export const ISOS_ONLY = 'This listener serves ISOs only.';
export const NO_OWN_AUTHORITY = 'This appliance has no certificate authority of its own.';
export const USE_OWN_AUTHORITY = 'Start with --https-port 7443 and without --https-cert.';
export const PATH_LEAVES_FOLDER = 'The URL path leaves its folder.';
export const CONTROL_CHARACTERS = 'The URL path contains control characters.';
export const INVALID_ESCAPE = 'Invalid percent-encoding in the URL path.';

export function urlTooLong(limit: number): string {
  return `The URL is longer than ${limit} characters.`;
}

export function methodNotAllowed(method: string, path: string): string {
  return `${method} is not allowed for ${path}.`;
}

export function useMethod(allowed: readonly string[]): string {
  return `Use ${allowed.join(' or ')}.`;
}

export function notAMac(written: string): string {
  return `${JSON.stringify(written)} is not a MAC address.`;
}

export function notAMachineMac(mac: string): string {
  return `${mac} is not the MAC address of a machine.`;
}

export function notAnIsoPath(path: string): string {
  return `${path} does not end in .iso.`;
}

export function pathNotFound(path: string): string {
  return `${path} not found on the boot plane.`;
}

function busyResponse(text: string): string {
  return `HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

/** Sent before there is a request, so with the code in front. */
export const rawRefusal = {
  notHttp: 'E_BAD_INPUT: This is not an HTTP request.',
  headersTooLarge: 'E_TOO_LARGE: The request headers are too many or too long.',
  timedOut: 'E_BAD_INPUT: The request timed out.',
  /** A complete response: the connection is refused before anything is read. */
  busy: busyResponse('E_TOO_MANY: Too many connections of this address are open, or too many in all. Try again in a moment.\n'),
};

export function tlsFailed(reason: string): string {
  return `TLS handshake failed (${reason}).`;
}

// Ranges

export function rangeOutside(size: number, range: string): string {
  return `The file has ${size} bytes, and the request is for ${range}.`;
}

export const ipxeRangeFault = {
  cannotPrintOffsets: {
    message: 'This build of iPXE cannot print offsets.',
    next: 'Boot the machine with the iPXE that Bootbench ships.',
  },
  is32Bit: {
    message: 'It is a 32-bit iPXE, which reads only files under 4 GiB.',
    next: 'Boot the machine by UEFI, from virtual media, or with --method kernel.',
  },
};

// Events

export function bootFileServed(ip: string, file: string): string {
  return `${ip} got ${file} over HTTP.`;
}

export function configServed(host: string, file: string, config: string): string {
  return `${host} got ${file} of config ${config}.`;
}

// Endpoints

export function endpoint(url: string, nic: string): string {
  return `${url} on ${nic}`;
}

export function endpointNotChecked(scheme: string, nic: string): string {
  return `ISOs over ${scheme} on ${nic} have not been checked yet.`;
}

export function alsoAt(endpoints: readonly string[]): string {
  return `ISOs also at ${endpoints.join(', ')}`;
}

export function endpointClosed(scheme: string, nic: string, reason: string): string {
  return `no ISOs over ${scheme} on ${nic}: ${reason}`;
}

// Certificates

export function httpsCannotUse(files: string, cause: string): string {
  return `HTTPS cannot use ${files}: ${cause}`;
}
