/**
 * Every line of the benchmark: what is done, next to which peer, in which unit, and the goal. `npm run bench`, its verdicts, the short form in
 * `npm test` and docs/performance.md use this table and no other.
 */
export interface Line {
  /** What `npm run bench -- NAME` takes; the start of a name takes all that begin so. */
  readonly name: string;
  readonly does: string;
  readonly peer: string;
  readonly unit: string;
  readonly work: Work;
  readonly goals: readonly Goal[];
  /** Stable enough for `npm test`. */
  readonly short?: true;
}

export type ConfigSize = 'small' | '19 KB' | '549 KB';

/** What is measured, with its parameters. Sizes in bytes. */
export type Work =
  | { readonly kind: 'ranges'; readonly bytes: number; readonly connections: number; readonly config: ConfigSize }
  | { readonly kind: 'get'; readonly cold: boolean }
  | { readonly kind: 'small-reader' }
  | { readonly kind: 'tftp'; readonly blksize: number }
  | { readonly kind: 'tftp-window'; readonly blksize: number; readonly windowsize: number }
  | { readonly kind: 'dhcp'; readonly machines: DhcpMachines }
  | { readonly kind: 'url'; readonly cached: boolean }
  /** blocks: of 512 bytes, in one read. */
  | { readonly kind: 'iscsi'; readonly random: boolean; readonly blocks: number; readonly inFlight: number }
  | { readonly kind: 'import' }
  | { readonly kind: 'machines'; readonly count: number };

/** known: hosts with a reservation; pxe: the same, asked for by a boot ROM; new: machines that have no address yet. */
export type DhcpMachines = 'known' | 'pxe' | 'new';

/**
 * ratio: units of ours ÷ those of the peer, also where less is better. cpu: CPU seconds for the same work, ours ÷ the peer's. ours: our own units.
 * repeats: messages that a client of ours had to repeat, in the worst round. rssMb: memory of ours.
 */
export interface Goal {
  readonly of: 'ratio' | 'cpu' | 'ours' | 'repeats' | 'rssMb' | 'loopP99Ms';
  readonly atLeast?: number;
  readonly atMost?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const PER_SECOND = 'requests/s';

const RANGES: readonly Line[] = [
  ranges('ranges-16k-1', 16 * KIB, 1, 0.85),
  { ...ranges('ranges-16k-8', 16 * KIB, 8, 0.95), short: true },
  ranges('ranges-16k-64', 16 * KIB, 64, 0.95),
  ranges('ranges-64k-8', 64 * KIB, 8, 1),
  ranges('ranges-64k-64', 64 * KIB, 64, 1),
  { ...ranges('ranges-1m-8', MIB, 8, 1), short: true },
  ranges('ranges-1m-64', MIB, 64, 1),
  { ...ranges('ranges-16k-config-19k', 16 * KIB, 8, 0.95, '19 KB'), short: true },
  ranges('ranges-16k-config-549k', 16 * KIB, 8, 0.95, '549 KB'),
];

const HTTP: readonly Line[] = [
  { ...get('get-warm', 'complete GET, in the page cache', false), short: true },
  get('get-cold', 'complete GET, from the disk', true),
  {
    name: 'small-reader',
    does: 'slowest 1 % of 16 KiB ranges next to a complete GET from the disk',
    peer: 'nginx',
    unit: 'ms',
    work: { kind: 'small-reader' },
    goals: [{ of: 'ratio', atMost: 1 }],
  },
];

const TFTP: readonly Line[] = [
  tftp(512, 1),
  { ...tftp(1428, 1), short: true },
  tftp(8192, 0.9),
  {
    name: 'tftp-window-16',
    does: 'TFTP, blocks of 1428 bytes, window 16 next to window 1',
    peer: 'Bootbench',
    unit: 'MB/s',
    work: { kind: 'tftp-window', blksize: 1428, windowsize: 16 },
    goals: [{ of: 'ratio', atLeast: 4 }],
  },
];

const DHCP: readonly Line[] = [
  dhcp('known', 'known hosts, 100 at once', [{ of: 'ratio', atLeast: 6 }]),
  dhcp('pxe', 'PXE clients, 100 at once', [{ of: 'ratio', atLeast: 6 }]),
  dhcp('new', 'new addresses, 100 at once', [
    { of: 'ours', atLeast: 500 },
    { of: 'repeats', atMost: 0 },
  ]),
];

const URLS: readonly Line[] = [
  url('url-first', 'complete GET of an ISO behind a URL, first read', false, 0.5),
  url('url-cached', 'complete GET of an ISO behind a URL, read before', true, 1),
];

const ISCSI: readonly Line[] = [
  iscsi('iscsi-sequential', 'sequential reads of 256 KiB', { random: false, blocks: 512, inFlight: 32 }),
  iscsi('iscsi-random-16k', 'random reads of 16 KiB', { random: true, blocks: 32, inFlight: 32 }),
];

const OTHERS: readonly Line[] = [
  {
    name: 'import',
    does: 'copy into the library with sum and identification',
    peer: 'sha256sum',
    unit: 's',
    work: { kind: 'import' },
    goals: [{ of: 'ratio', atMost: 0.6 }],
  },
  {
    name: 'machines-64',
    does: '64 machines read their ISOs at the same time, next to one machine',
    peer: 'Bootbench',
    unit: 'MB/s',
    work: { kind: 'machines', count: 64 },
    goals: [
      { of: 'ratio', atLeast: 0.9 },
      { of: 'rssMb', atMost: 300 },
      { of: 'loopP99Ms', atMost: 20 },
    ],
  },
];

/** One of a stage after the other: each stage is started once. */
export const LINES: readonly Line[] = [...RANGES, ...HTTP, ...TFTP, ...DHCP, ...URLS, ...ISCSI, ...OTHERS];

function url(name: string, does: string, cached: boolean, atLeast: number): Line {
  return { name, does, peer: 'nginx', unit: 'MB/s', work: { kind: 'url', cached }, goals: [{ of: 'ratio', atLeast }] };
}

function iscsi(name: string, does: string, work: Omit<Work & { kind: 'iscsi' }, 'kind'>): Line {
  return {
    ...{ name, does: `iSCSI, ${does}, ${work.inFlight} in flight`, peer: 'tgt', unit: 'reads/s' },
    work: { kind: 'iscsi', ...work },
    goals: [{ of: 'ratio', atLeast: 1 }],
  };
}

function tftp(blksize: number, atLeast: number): Line {
  return {
    name: `tftp-${blksize}`,
    does: `TFTP, blocks of ${blksize} bytes`,
    peer: 'tftpd-hpa',
    unit: 'MB/s',
    work: { kind: 'tftp', blksize },
    goals: [{ of: 'ratio', atLeast }],
  };
}

function dhcp(machines: DhcpMachines, does: string, goals: readonly Goal[]): Line {
  return { name: `dhcp-${machines}`, does: `DHCP, ${does}`, peer: 'dnsmasq', unit: 'DORA/s', work: { kind: 'dhcp', machines }, goals };
}

function ranges(name: string, bytes: number, connections: number, atLeast: number, config: ConfigSize = 'small'): Line {
  const size = bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
  const does = `random ${size} ranges, ${connections === 1 ? '1 connection' : `${connections} connections`}`;
  return {
    name,
    does: config === 'small' ? does : `${does}, a host with a config of ${config}`,
    peer: 'nginx',
    unit: PER_SECOND,
    work: { kind: 'ranges', bytes, connections, config },
    goals: [
      { of: 'ratio', atLeast },
      { of: 'cpu', atMost: 1.4 },
    ],
  };
}

function get(name: string, does: string, cold: boolean): Line {
  return { name, does, peer: 'nginx', unit: 'MB/s', work: { kind: 'get', cold }, goals: [{ of: 'ratio', atLeast: 1 }] };
}
