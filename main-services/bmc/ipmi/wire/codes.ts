/** Numbers of IPMI 2.0 (specification v2.0 rev. 1.1; sections named) and their words. */

export interface Command {
  readonly netFn: number;
  readonly code: number;
  /** As the specification calls it. */
  readonly name: string;
}

const CHASSIS = 0x00;
const APP = 0x06;
const TRANSPORT = 0x0c;

/** Appendix G. */
export const COMMAND = {
  chassisStatus: { netFn: CHASSIS, code: 0x01, name: 'Get Chassis Status' },
  chassisControl: { netFn: CHASSIS, code: 0x02, name: 'Chassis Control' },
  chassisIdentify: { netFn: CHASSIS, code: 0x04, name: 'Chassis Identify' },
  setBootOptions: { netFn: CHASSIS, code: 0x08, name: 'Set System Boot Options' },
  getBootOptions: { netFn: CHASSIS, code: 0x09, name: 'Get System Boot Options' },
  deviceId: { netFn: APP, code: 0x01, name: 'Get Device ID' },
  systemGuid: { netFn: APP, code: 0x37, name: 'Get System GUID' },
  channelCapabilities: { netFn: APP, code: 0x38, name: 'Get Channel Authentication Capabilities' },
  activatePayload: { netFn: APP, code: 0x48, name: 'Activate Payload' },
  payloadInstance: { netFn: APP, code: 0x4b, name: 'Get Payload Instance Info' },
  deactivatePayload: { netFn: APP, code: 0x49, name: 'Deactivate Payload' },
  solConfiguration: { netFn: TRANSPORT, code: 0x22, name: 'Get SOL Configuration Parameters' },
  setPrivilege: { netFn: APP, code: 0x3b, name: 'Set Session Privilege Level' },
  closeSession: { netFn: APP, code: 0x3c, name: 'Close Session' },
} as const satisfies Record<string, Command>;

/** §13.27.3. */
export const PAYLOAD = {
  message: 0x00,
  sol: 0x01,
  openRequest: 0x10,
  openResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

/** §28.3, the control byte. */
export const CONTROL = { off: 0x00, on: 0x01, cycle: 0x02, reset: 0x03, softOff: 0x05 } as const;

/** Privilege levels, §6.8. Everything done here is allowed to an operator (appendix G); many BMCs expect an administrator. */
export const PRIVILEGE = { operator: 3, administrator: 4 } as const;
export type Privilege = (typeof PRIVILEGE)[keyof typeof PRIVILEGE];

/** Completion codes, §5.2. */
export const COMPLETION = {
  ok: 0x00,
  /** Of the boot options and, by its own table, the session commands. */
  parameterNotSupported: 0x80,
  busy: 0xc0,
  invalidCommand: 0xc1,
  invalidForLun: 0xc2,
  outOfSpace: 0xc4,
  lengthInvalid: 0xc7,
  invalidField: 0xcc,
  initializing: 0xd2,
  notPrivileged: 0xd4,
  notInThisState: 0xd5,
  disabled: 0xd6,
} as const;

/** Of Activate Payload, table 24-2. */
export const ACTIVATION = {
  alreadyActive: 0x80,
  disabled: 0x81,
  limitReached: 0x82,
  notWithEncryption: 0x83,
  notWithoutEncryption: 0x84,
} as const;

const COMPLETION_WORDS: Readonly<Record<number, string>> = {
  0xc0: 'node busy',
  0xc1: 'invalid command',
  0xc2: 'command invalid for this LUN',
  0xc3: 'timeout while processing the command',
  0xc4: 'out of space',
  0xc5: 'reservation cancelled',
  0xc6: 'request data truncated',
  0xc7: 'request data length invalid',
  0xc8: 'request data field length limit exceeded',
  0xc9: 'parameter out of range',
  0xca: 'cannot return the requested number of bytes',
  0xcb: 'requested sensor, data or record not present',
  0xcc: 'invalid data field in the request',
  0xcd: 'command illegal for this sensor or record',
  0xce: 'response could not be provided',
  0xcf: 'cannot execute a duplicated request',
  0xd0: 'SDR repository in update mode',
  0xd1: 'device in firmware update mode',
  0xd2: 'BMC initialization in progress',
  0xd3: 'destination unavailable',
  0xd4: 'insufficient privilege level',
  0xd5: 'not supported in the present state',
  0xd6: 'sub-function disabled or unavailable',
  0xff: 'unspecified error',
};

/** "0xcc, invalid data field in the request". */
export function completionWords(code: number): string {
  const number = hex(code);
  const words = COMPLETION_WORDS[code];
  return words === undefined ? number : `${number}, ${words}`;
}

/** Status codes of RMCP+ and RAKP, table 13-15. */
export const RAKP_STATUS = {
  ok: 0x00,
  noResources: 0x01,
  badAuthentication: 0x04,
  badIntegrity: 0x05,
  noAuthenticationMatch: 0x06,
  noIntegrityMatch: 0x07,
  badRole: 0x09,
  unauthorizedRole: 0x0a,
  noResourcesForRole: 0x0b,
  badNameLength: 0x0c,
  unauthorizedName: 0x0d,
  badCheckValue: 0x0f,
  badConfidentiality: 0x10,
  noSuiteMatch: 0x11,
} as const;

const RAKP_WORDS: Readonly<Record<number, string>> = {
  0x01: 'insufficient resources to create a session',
  0x02: 'invalid session ID',
  0x03: 'invalid payload type',
  0x04: 'invalid authentication algorithm',
  0x05: 'invalid integrity algorithm',
  0x06: 'no matching authentication payload',
  0x07: 'no matching integrity payload',
  0x08: 'inactive session ID',
  0x09: 'invalid role',
  0x0a: 'unauthorized role or privilege level',
  0x0b: 'insufficient resources for a session of this role',
  0x0c: 'invalid name length',
  0x0d: 'unauthorized name',
  0x0e: 'unauthorized GUID',
  0x0f: 'invalid integrity check value',
  0x10: 'invalid confidentiality algorithm',
  0x11: 'no cipher suite match',
  0x12: 'illegal or unrecognized parameter',
};

export function statusWords(status: number): string {
  const words = RAKP_WORDS[status];
  return words === undefined ? `status ${hex(status)}` : `status ${hex(status)}, ${words}`;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
