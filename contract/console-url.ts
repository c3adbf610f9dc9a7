import { asBootbenchError, BootbenchError } from './errors.ts';

/** Speeds that ports are set to, in bits per second. */
export const BAUD_RATES = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600] as const;
export const DEFAULT_BAUD = 115200;

export const CONSOLE_URL_FORM =
  'use serial:/dev/ttyUSB0?baud=115200, sol:, ssh:, tcp://HOST:PORT, telnet://HOST:PORT or rfc2217://HOST:PORT, without a password';

/** How the SSH server of a BMC opens the console after login. */
export const SSH_PRESETS = ['idrac', 'ilo', 'supermicro', 'xcc', 'openbmc', 'none'] as const;
export type SshPreset = (typeof SSH_PRESETS)[number];

/**
 * Where a host's console is:
 * - `serial:/dev/ttyUSB0?baud=115200`, `serial:COM3`; `baud=auto` detects the speed
 * - `sol:` Serial over LAN of the host's own BMC; `sol://H[:P]` of another address with the same account
 * - `ssh:` SSH of the host's own BMC; `ssh://[user@]H[:P]?preset=idrac&legacy=true`
 * - `tcp://H:P`, `telnet://H[:P]`, `rfc2217://H:P?baud=9600`
 *
 * Each may add `tty=ttyS1`, and those without a speed of their own `baud=57600`: what the machine calls its port (machinePortOf).
 */
export type ConsoleUrl =
  | { readonly kind: 'serial'; readonly path: string; readonly baud: number | 'auto' }
  | { readonly kind: 'sol'; readonly host: string | undefined; readonly port: number }
  | {
      readonly kind: 'ssh';
      /** Undefined: the address of the host's BMC. */
      readonly host: string | undefined;
      /** Undefined: as the BMC reports, else the preset's. */
      readonly port: number | undefined;
      readonly username: string | undefined;
      /** Undefined: by the BMC's vendor. */
      readonly preset: SshPreset | undefined;
      /** Algorithms that OpenSSH has disabled: SHA-1 key exchange, ssh-rsa, CBC ciphers. */
      readonly legacy: boolean;
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'telnet'; readonly host: string; readonly port: number }
  | { readonly kind: 'rfc2217'; readonly host: string; readonly port: number; readonly baud: number };

const IPMI_PORT = 623;
const TELNET_PORT = 23;

/** E_BAD_INPUT with details.fields when it is not a console URL. */
export function parseConsoleUrl(text: string): ConsoleUrl {
  const scheme = /^([a-z0-9]+):/i.exec(text.trim())?.[1]?.toLowerCase() ?? '';
  const parse = PARSERS.get(scheme);
  if (!parse) throw invalid(text, CONSOLE_URL_FORM);
  const url = parse(text.trim());
  checkOptions(text.trim(), url.kind);
  return url;
}

/** A misspelled option would be ignored, and the port opened at another speed. */
function checkOptions(text: string, kind: ConsoleUrl['kind']): void {
  const known = kind === 'ssh' ? [...MACHINE_OPTIONS, 'preset', 'legacy'] : MACHINE_OPTIONS;
  const query = queryOf(text);
  for (const [name] of query) {
    if (!known.includes(name)) throw invalid(text, `the options of ${kind}: are ${known.join(', ')}; not "${name}"`);
    if (query.getAll(name).length > 1) throw invalid(text, `${name} is there twice`);
  }
  const tty = query.get('tty');
  if (tty !== null && !TTY.test(tty)) throw invalid(text, 'tty is the machine’s own name of the port, such as ttyS1');
  const legacy = query.get('legacy');
  if (legacy !== null && legacy !== 'true' && legacy !== 'false') throw invalid(text, 'legacy must be true or false');
  if (query.get('baud') !== 'auto') baudOf(query.get('baud'), text);
  else if (kind !== 'serial') throw invalid(text, 'baud=auto works with serial: only');
}

/** The machine's own serial port, as its operating system names it. */
export interface MachinePort {
  /** `ttyS1`; undefined where the URL does not say (`?tty=ttyS1`). */
  readonly tty: string | undefined;
  /** Bits per second. */
  readonly baud: number;
}

const MACHINE_OPTIONS: readonly string[] = ['baud', 'tty'];
const TTY = /^tty(?:S|AMA|USB|O|PS|SC|LP|mxc)\d{1,2}$/;

function queryOf(text: string): URLSearchParams {
  return new URLSearchParams(/\?(.*)$/.exec(text)?.[1] ?? '');
}

/** The options `tty` and `baud` of any console URL; values that cannot be are ignored. */
export function machinePortOf(text: string): MachinePort {
  const query = queryOf(text);
  const baud = Number(query.get('baud') ?? DEFAULT_BAUD);
  const tty = query.get('tty') ?? '';
  return {
    tty: TTY.test(tty) ? tty : undefined,
    baud: Number.isInteger(baud) && baud >= 50 && baud <= 4_000_000 ? baud : DEFAULT_BAUD,
  };
}

/** Why parseConsoleUrl refuses it; undefined where it accepts it. */
export function consoleUrlProblem(text: string): string | undefined {
  try {
    parseConsoleUrl(text);
    return undefined;
  } catch (error) {
    return asBootbenchError(error).details?.fields?.[0]?.message ?? CONSOLE_URL_FORM;
  }
}

const PARSERS: ReadonlyMap<string, (text: string) => ConsoleUrl> = new Map([
  ['serial', parseSerial],
  ['sol', parseSol],
  ['ssh', parseSsh],
  ['tcp', parseTcp],
  ['telnet', parseTelnet],
  ['rfc2217', parseRfc2217],
]);

function parseSerial(text: string): ConsoleUrl {
  const [path = '', search = ''] = text.slice('serial:'.length).split('?');
  const baud = new URLSearchParams(search).get('baud');
  // serial:///dev/ttyUSB0 is serial:/dev/ttyUSB0.
  const name = path.replace(/^\/\/(?=\/)/, '');
  if (!/^(\/dev\/[^\0]+|COM\d{1,3}|\/[^\0]+)$/i.test(name)) throw invalid(text, 'name a port, such as serial:/dev/ttyUSB0 or serial:COM3');
  return { kind: 'serial', path: name, baud: baud === 'auto' ? 'auto' : baudOf(baud, text) };
}

function parseSol(text: string): ConsoleUrl {
  const { host, port } = ownOrOther(text);
  return { kind: 'sol', host, port: port ?? IPMI_PORT };
}

function parseTcp(text: string): ConsoleUrl {
  const { host, port } = networkUrl(text);
  return { kind: 'tcp', host, port: required(port, text) };
}

function parseTelnet(text: string): ConsoleUrl {
  const { host, port } = networkUrl(text);
  return { kind: 'telnet', host, port: port ?? TELNET_PORT };
}

function parseRfc2217(text: string): ConsoleUrl {
  const { host, port, query } = networkUrl(text);
  return { kind: 'rfc2217', host, port: required(port, text), baud: baudOf(query.get('baud'), text) };
}

function parseSsh(text: string): ConsoleUrl {
  const { host, port, username, query } = ownOrOther(text);
  const preset = query.get('preset') ?? undefined;
  if (preset !== undefined && !isPreset(preset)) throw invalid(text, `the presets are ${SSH_PRESETS.join(', ')}`);
  return { kind: 'ssh', host, port, username, preset, legacy: query.get('legacy') === 'true' };
}

function isPreset(text: string): text is SshPreset {
  return (SSH_PRESETS as readonly string[]).includes(text);
}

interface NetworkUrl {
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly query: URLSearchParams;
}

/** `scheme:` alone is the host's own BMC. */
function ownOrOther(text: string): Omit<NetworkUrl, 'host'> & { readonly host: string | undefined } {
  const [before = '', search = ''] = text.split('?');
  if (!before.endsWith(':')) return networkUrl(text);
  return { host: undefined, port: undefined, username: undefined, query: new URLSearchParams(search) };
}

const AUTHORITY = /^[a-z0-9]+:\/\/(?:([^@/:]+)(:[^@/]*)?@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i;

/** A password in a URL is refused: it would be shown and logged. */
function networkUrl(text: string): NetworkUrl {
  const [before = '', search = ''] = text.split('?');
  const match = AUTHORITY.exec(before);
  if (!match) throw invalid(text, 'write it as scheme://HOST:PORT');
  const [, username, password, host = '', port] = match;
  if (password !== undefined) throw invalid(text, 'store the password separately; a URL must not contain one');
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : portOf(port, text),
    username: username === undefined ? undefined : decoded(username, text),
    query: new URLSearchParams(search),
  };
}

function portOf(port: string, text: string): number {
  const number = Number(port);
  if (number < 1 || number > 65535) throw invalid(text, 'the port must be from 1 to 65535');
  return number;
}

function decoded(username: string, text: string): string {
  try {
    return decodeURIComponent(username);
  } catch {
    throw invalid(text, 'the user name has an incomplete % escape');
  }
}

function baudOf(value: string | null, text: string): number {
  if (value === null) return DEFAULT_BAUD;
  const baud = Number(value);
  if (!Number.isInteger(baud) || baud < 50 || baud > 4_000_000) throw invalid(text, 'baud must be a speed in bits per second');
  return baud;
}

function required<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw invalid(text, 'host and port are required');
  return value;
}

function invalid(text: string, reason: string): BootbenchError {
  return new BootbenchError('E_BAD_INPUT', `"${text}" is not a console URL: ${reason}.`, {
    details: { fields: [{ path: 'console', message: reason }] },
  });
}
