import type { Command } from './codes.ts';

/** IPMI messages on a LAN (§13.8): two checksums, the BMC's address and the remote console's. */

const BMC = 0x20;
const CONSOLE = 0x81;
const SHORTEST_RESPONSE = 8;

export interface Response {
  readonly netFn: number;
  readonly code: number;
  readonly sequence: number;
  readonly completion: number;
  readonly data: Uint8Array;
}

/** `sequence` has six bits. */
export function encodeRequest(command: Command, sequence: number, data: Uint8Array): Uint8Array {
  const head = Uint8Array.of(BMC, command.netFn << 2);
  const body = Uint8Array.of(CONSOLE, (sequence & 0x3f) << 2, command.code, ...data);
  return Uint8Array.of(...head, checksum(head), ...body, checksum(body));
}

/** Undefined for what is no response with right checksums. */
export function decodeResponse(bytes: Uint8Array): Response | undefined {
  if (bytes.length < SHORTEST_RESPONSE) return undefined;
  const head = bytes.subarray(0, 2);
  const body = bytes.subarray(3, -1);
  if (bytes[2] !== checksum(head) || bytes.at(-1) !== checksum(body)) return undefined;
  const [, sequence = 0, code = 0, completion = 0] = body;
  return { netFn: (head[1] ?? 0) >> 2, code, sequence: sequence >> 2, completion, data: body.subarray(4) };
}

/** Whether it answers this request: responses carry the request's function code plus one. */
export function answers(response: Response, command: Command, sequence: number): boolean {
  return response.netFn === command.netFn + 1 && response.code === command.code && response.sequence === (sequence & 0x3f);
}

/** Makes the sum of all bytes zero. */
function checksum(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}
