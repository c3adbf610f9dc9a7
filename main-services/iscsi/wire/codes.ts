/** Numbers of RFC 7143. */

/** Opcodes from the initiator (§11.1.1). */
export const REQUEST = {
  nopOut: 0x00,
  scsiCommand: 0x01,
  taskManagement: 0x02,
  login: 0x03,
  text: 0x04,
  dataOut: 0x05,
  logout: 0x06,
  snack: 0x10,
} as const;

/** Opcodes from the target. */
export const RESPONSE = {
  nopIn: 0x20,
  scsiResponse: 0x21,
  taskManagement: 0x22,
  login: 0x23,
  text: 0x24,
  dataIn: 0x25,
  logout: 0x26,
  r2t: 0x31,
  asyncMessage: 0x32,
  reject: 0x3f,
} as const;

/** Reasons of a Reject PDU (§11.17.1). */
export const REJECT = {
  dataDigest: 0x02,
  snack: 0x03,
  protocolError: 0x04,
  notSupported: 0x05,
  invalidPduField: 0x09,
} as const;

/** Status class and detail of a Login Response (§11.13.5). */
export const LOGIN_STATUS = {
  success: 0x0000,
  initiatorError: 0x0200,
  authenticationFailure: 0x0201,
  forbidden: 0x0202,
  notFound: 0x0203,
  unsupportedVersion: 0x0205,
  tooManyConnections: 0x0206,
  missingParameter: 0x0207,
  sessionTypeNotSupported: 0x0209,
  sessionDoesNotExist: 0x020a,
  invalidRequest: 0x020b,
  targetError: 0x0300,
  serviceUnavailable: 0x0301,
  outOfResources: 0x0302,
} as const;

/** Stages of a login (§11.12.3). */
export const STAGE = { security: 0, operational: 1, fullFeature: 3 } as const;

/** A tag that names nothing. */
export const NO_TAG = 0xffffffff;

/** Final, or transit in a login. */
export const FINAL = 0x80;
/** More text follows (login and text requests). */
export const CONTINUE = 0x40;
