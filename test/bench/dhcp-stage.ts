import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyCall } from '../lab/machines/calls.ts';
import { pause } from '../lab/process.ts';
import type { Contest, Sample, Stage, StageOptions } from './contest.ts';
import type { DhcpJob, DhcpSums } from './dhcp-process.ts';
import type { DhcpMachines, Work } from './lines.ts';
import { inClient, metered, Product, SERVER, twoEnds, type Ends } from './stage.ts';

const AT_ONCE = 100;
/** Of known hosts in a round. */
const EXCHANGES = 3000;
/** Of one host: each may send 100 packets at a time, and 20 more a second (main-services/dhcp/intake.ts). */
const MOST_PASSES = 15;
/** The same hosts ask again after this; not measured. */
const PAUSE_MS = 1500;
/** New machines of a round, and how long their share of packets needs to be complete again. */
const STRANGERS = 500;
const REST_MS = 2500;
const POOL = ['10.90.64.0', '10.90.127.255'] as const;
const HOST_MACS = '52:54:01:00';
const NEW_MACS = '52:54:02:00';
const BOOT_FILE = 'undionly.kpxe';

/** Two cables, because a network has one DHCP server: Bootbench with its client, and dnsmasq with its client. Both have the same reservations. */
export async function openDhcpStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const ends = { ours: await twoEnds(parts), peer: await twoEnds(parts) };
  const product = await Product.start(parts, ends.ours.laptop, options.dir, ['--dhcp', 'full', '--pool', POOL.join('-')]);
  const hosts = Array.from({ length: options.hosts }, (_, index): AnyCall => {
    const name = `h${index}`;
    return ['host.apply', { name, add: { name, interfaces: [{ mac: macOf(index), ip: addressOf(index) }] } }];
  });
  await product.calls(hosts);
  const dnsmasq = await startDnsmasq(parts, ends.peer, options);
  const pids = { ours: product.pid, peer: dnsmasq };
  const owned = parts.move();
  return {
    contest: ({ work }) => Promise.resolve(exchanges(ends, pids, (work as Work & { kind: 'dhcp' }).machines, options.hosts)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startDnsmasq(parts: AsyncDisposableStack, { laptop }: Ends, { dir, hosts }: StageOptions): Promise<number> {
  const reservations = join(dir, 'reservations');
  writeFileSync(reservations, Array.from({ length: hosts }, (_, index) => `${macOf(index)},${addressOf(index)}\n`).join(''));
  const files = [`--dhcp-hostsfile=${reservations}`, `--dhcp-leasefile=${join(dir, 'leases')}`, '--conf-file=/dev/null', '--pid-file='];
  const range = [`--dhcp-range=${POOL.join(',')},255.255.0.0,1h`, '--dhcp-lease-max=100000', '--dhcp-authoritative'];
  const boot = ['--dhcp-vendorclass=set:pxe,PXEClient', `--dhcp-boot=tag:pxe,${BOOT_FILE},,${SERVER}`];
  const daemon = laptop.spawn([
    'dnsmasq',
    '--no-daemon',
    '--port=0',
    '--user=root',
    '--interface=lab0',
    '--quiet-dhcp',
    ...files,
    ...range,
    ...boot,
  ]);
  parts.defer(async () => {
    await daemon.stop();
  });
  await daemon.waitFor(/DHCP, IP range/, 10_000);
  return daemon.pid ?? 0;
}

let strangers = 0;

function exchanges(
  ends: Record<'ours' | 'peer', Ends>,
  pids: Record<'ours' | 'peer', number>,
  machines: DhcpMachines,
  hosts: number,
): Contest {
  const round = async (side: 'ours' | 'peer'): Promise<Sample> => {
    const isNew = machines === 'new';
    await pause(isNew ? REST_MS : PAUSE_MS);
    const count = isNew ? STRANGERS : hosts;
    const job: DhcpJob = {
      ...(isNew ? { mac: NEW_MACS, first: strangers } : { mac: HOST_MACS, first: 0 }),
      ...{ count, atOnce: AT_ONCE, passes: isNew ? 1 : Math.min(MOST_PASSES, Math.ceil(EXCHANGES / hosts)) },
      speaker: machines === 'pxe' ? 'firmware' : 'system',
    };
    if (isNew) strangers += count;
    return metered(pids[side], async () => {
      const sums = await inClient<DhcpSums>(ends[side].client, 'dhcp-process.ts', job, 120_000);
      const what = isNew ? '' : `, sha256 ${sums.sha256}`;
      const got = `${sums.exchanges} exchanges of ${count} machines, ${sums.unanswered} unanswered, ${sums.addresses} addresses${what}`;
      return { value: sums.exchanges / sums.seconds, bytes: 0, requests: sums.exchanges, repeats: sums.repeats, got };
    });
  };
  return { ours: () => round('ours'), peer: () => round('peer') };
}

function macOf(index: number): string {
  return `${HOST_MACS}:${hex(index >> 8)}:${hex(index & 255)}`;
}

function addressOf(index: number): string {
  return `10.90.${16 + (index >> 8)}.${index & 255}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
