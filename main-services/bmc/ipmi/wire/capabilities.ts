/** What a BMC's LAN channel allows, asked before any session (§22.13). */

const THIS_CHANNEL = 0x0e;
const WITH_IPMI2 = 0x80;

export function capabilitiesRequest(privilege: number): Uint8Array {
  return Uint8Array.of(WITH_IPMI2 | THIS_CHANNEL, privilege);
}

/** Whether it opens RMCP+ sessions; undefined where the answer says nothing of that. */
export function offersIpmi2(data: Uint8Array): boolean | undefined {
  const [, types, , extended] = data;
  if (types === undefined || extended === undefined) return undefined;
  return (types & 0x80) !== 0 && (extended & 0x02) !== 0;
}
