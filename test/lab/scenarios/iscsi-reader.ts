import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { ALPHA } from '../boot-run.ts';
import { SERVER, type LabNetwork } from '../lab-network.ts';
import { cable } from '../namespace.ts';
import type { SerialLine } from '../qemu.ts';
import { expectThat, type Lab } from '../scenario.ts';

/** Parts are multiples of this many bytes, except the last. */
const PART_GRAIN = 65_536;

/** What the guest must have said, as it stands after `LAB-<key> `; each line is said twice, because serial ports lose characters. */
export function expectSaid(machine: SerialLine, key: string, line: string): void {
  const said = machine.allSaid(key);
  expectThat(said.includes(line), `the guest did not say "${key} ${line}", but: ${[...new Set(said)].slice(0, 8).join(' | ')}`);
}

/** The bytes of alpha’s ISO by HTTP, to a client that has alpha’s addresses after alpha has been powered off. */
export async function downloadView(lab: Lab, bench: LabNetwork, file: string): Promise<string> {
  const client = await lab.namespace('http');
  await bench.ns.ip('link', 'set', 'tap0', 'nomaster');
  await cable({ ns: bench.ns, dev: 'to-http', bridge: 'br0' }, { ns: client, dev: 'eth0', mac: ALPHA.mac, address: `${ALPHA.ip}/24` });
  const url = `http://${SERVER}:7080/iso/${ALPHA.mac.replaceAll(':', '-')}/lab.iso`;
  // Written through dd, which leaves holes for zeros.
  const script = 'curl -sS --fail "$1" | dd of="$2" bs=1M iflag=fullblock conv=sparse status=none';
  await client.must(['bash', '-o', 'pipefail', '-c', script, 'bash', url, file], { timeoutMs: 180_000 });
  return file;
}

/** Compares the sums of the unit’s `count` parts, which the guest read in this way, with the file’s bytes. Returns how many bytes they have. */
export async function expectParts(machine: SerialLine, way: string, count: number, file: string): Promise<number> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const length = Math.ceil(size / count / PART_GRAIN) * PART_GRAIN;
  for (let index = 0; index * length < size; index++) {
    const sum = await sumOf(handle, index * length, length);
    expectSaid(machine, 'PART', `${way} ${length} ${index} ${sum}`);
  }
  return size;
}

async function sumOf(handle: FileHandle, from: number, length: number): Promise<string> {
  const hash = createHash('sha256');
  const bytes = Buffer.alloc(1_048_576);
  for (let at = from; at < from + length;) {
    const { bytesRead } = await handle.read(bytes, 0, Math.min(bytes.length, from + length - at), at);
    if (bytesRead === 0) break;
    hash.update(bytes.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}
