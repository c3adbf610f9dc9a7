import type { BmcIdentity, BmcSelfTest, BmcStatus } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { isUnderWay, type Job, type JobInput, type JobStep, type StepName } from '../../contract/jobs.ts';
import { jobRows } from '../../db/jobs.ts';
import type { Rooms } from '../../main-services/handlers/rooms.ts';
import { previewJob } from '../../main-services/reimage/preview.ts';
import { alreadyRunning } from '../../main-services/reimage/sentences.ts';
import type { ManagementServer } from '../fixtures/management-server.ts';

/** BMCs and a job runner that only pretend: what they are asked is kept, and their answers are as the contract has them. */

const R750: BmcIdentity = {
  protocol: 'redfish',
  vendor: 'Dell Inc.',
  model: 'PowerEdge R750',
  serial: 'ABC1234',
  uuid: '4c4c4544-0042-3510-8052-b4c04f443433',
  macs: ['3c:ec:ef:00:00:03'],
  bmcFirmware: 'iDRAC 7.20.30.50',
  biosVersion: '1.15.2',
  media: true,
  bootDevices: ['cdrom', 'pxe', 'disk'],
  powerActions: ['on', 'off', 'graceful-off', 'cycle', 'reset'],
};

const SERIALS: Record<string, string> = { 'r750-04': 'ABC1235', 'nuc-12': 'XK7720' };

/** What the BMC lists; nuc-12’s own port is not among them. */
const MACS: Record<string, string[]> = { 'nuc-12': ['3c:ec:ef:00:99:99'] };

export const OLD_PRINT = Array.from({ length: 32 }, (_, index) => (index * 7 + 16).toString(16).toUpperCase().padStart(2, '0')).join(':');
export const NEW_PRINT = Array.from({ length: 32 }, (_, index) => (index * 5 + 96).toString(16).toUpperCase().padStart(2, '0')).join(':');

export const SELF_TEST: BmcSelfTest = {
  address: '192.168.77.203',
  testedAt: Date.now(),
  urlScheme: 'http',
  head: true,
  ranges: { count: 41, smallest: 2048, largest: 65_536 },
  whole: false,
  pastEnd: false,
  trials: [
    { scheme: 'http', form: 'plain', outcome: 'read', message: 'It read 41 ranges over http.' },
    { scheme: 'https', form: 'plain', outcome: 'refused', message: 'It refused https: “Unable to verify the certificate.”' },
  ],
};

const SENSORS = [
  { name: 'Inlet temperature', value: 24, unit: '°C', state: 'OK' },
  { name: 'CPU 1 temperature', value: 61.4, unit: '°C', state: 'OK' },
  { name: 'Fan 1', value: 7320, unit: 'rpm', state: 'OK' },
  { name: 'PSU 2 input', value: 0, unit: 'V', state: 'Critical' },
];

export interface Bmcs {
  /** Everything that was asked of them, without reads, in order. */
  readonly asked: string[];
  /** The passwords that came; a real room keeps them sealed. */
  readonly passwords: Map<string, string>;
  /** Milliseconds until a BMC answers. */
  delay: number;
  set(host: string, part: Partial<BmcStatus>): void;
  readonly rooms: Pick<Rooms, 'bmc' | 'bmcActions'>;
}

const POWER = { on: 'on', off: 'off', 'graceful-off': 'off', cycle: 'on', reset: 'on' } as const;
const SLOT = { id: '/CD', name: 'Virtual CD', mediaTypes: ['CD', 'DVD'] };

export function pretendBmcs(): Bmcs {
  const known = new Map<string, Partial<BmcStatus>>();
  const now = ({ name, bmc }: Pick<Host, 'name' | 'bmc'>): BmcStatus => {
    if (!bmc) throw new BootbenchError('E_NO_BMC', `${name} has no BMC.`);
    return {
      host: name,
      address: bmc.address,
      identity: name === 'r750-03' ? R750 : { ...R750, serial: SERIALS[name], uuid: undefined, macs: MACS[name] ?? [] },
      power: 'on',
      slots: [{ ...SLOT, inserted: false }],
      boot: { once: false },
      health: { state: 'warning', sensors: SENSORS, faults: ['Power supply 2 has no input.'] },
      identifyLed: false,
      pinnedCertificate: OLD_PRINT,
      ...known.get(name),
      hasPassword: bmcs.passwords.has(name),
      checkedAt: Date.now(),
    };
  };
  const change = async (host: string, what: string, part: Partial<BmcStatus>): Promise<void> => {
    bmcs.asked.push(`${host}: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, bmcs.delay));
    bmcs.set(host, part);
  };
  const image = (host: string): string => `http://192.168.77.1:7080/iso/${host}/6a38/Fedora-43.iso`;
  const bmcs: Bmcs = {
    asked: [],
    passwords: new Map(),
    delay: 0,
    set: (host, part) => known.set(host, { ...known.get(host), ...part }),
    rooms: {
      bmc: {
        provider: ({ name }) => Promise.reject(new BootbenchError('E_NO_BMC', `${name} has no BMC.`)),
        known: (host) => (host.bmc ? { media: now(host).identity?.media } : undefined),
        consoleLogin: ({ name }) => Promise.reject(new BootbenchError('E_NO_SECRET', `No password is stored for the BMC of ${name}.`)),
        hasPassword: ({ name }) => bmcs.passwords.has(name),
        lastStatus: (host) => (host.bmc ? now(host) : undefined),
        status: (host) => Promise.resolve(now(host)),
        test: (host) => Promise.resolve(now(host)),
        probe: () => Promise.resolve(R750),
        tryFactory: (address, vendor) => {
          bmcs.asked.push(`${address}: factory password of ${vendor}`);
          if (vendor === 'Dell') return Promise.resolve({ ...R750, macs: ['3c:ec:ef:00:00:78'] });
          return Promise.reject(new BootbenchError('E_BMC_AUTH', `The BMC rejected the user of ${vendor}.`));
        },
        setPassword: ({ name, bmc }, password) => {
          bmcs.asked.push(`${name}: password of ${bmc?.username ?? 'nobody'}`);
          bmcs.passwords.set(name, password);
          return Promise.resolve({ stored: name !== 'nuc-11' });
        },
        acceptCertificate: ({ name }, fingerprint) =>
          change(name, `accept ${fingerprint ?? 'any'}`, { error: undefined, pinnedCertificate: fingerprint }),
        forget: () => undefined,
        close: () => Promise.resolve(),
      },
      bmcActions: {
        power: (host, action) => change(host, `power ${action}`, { power: POWER[action] }),
        media: (host, action) =>
          change(host, action, {
            slots: [action === 'insert' ? { ...SLOT, inserted: true, image: image(host) } : { ...SLOT, inserted: false }],
          }),
        takeFacts: (host) => change(host, 'take facts', {}),
        selfTest: (host) => change(host, 'self-test', {}).then(() => SELF_TEST),
        identifyLed: (host, on) => change(host, `light ${on ? 'on' : 'off'}`, { identifyLed: on }),
      },
    },
  };
  return bmcs;
}

export const CHANGED: Partial<BmcStatus> = {
  error: {
    code: 'E_BMC_CERTIFICATE',
    message: 'The certificate of 192.168.77.203 has changed.',
    details: { certificate: { pinned: OLD_PRINT, presented: NEW_PRINT } },
    next: 'If the BMC was reset or updated, accept the new certificate. Otherwise find out which device uses this address. No password was sent.',
  },
};

const STEPS: Record<Job['method'], readonly StepName[]> = {
  'virtual-media': ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'],
  pxe: ['preflight', 'boot-once', 'power-cycle', 'watch', 'finish'],
  'by-hand': ['preflight', 'wake', 'ask', 'watch', 'finish'],
};

const EVIDENCE: Partial<Record<StepName, string>> = {
  preflight: 'Serial and MAC are those of this host; the image is readable.',
  'power-off': 'The BMC says Off.',
  eject: 'Every CD slot is empty.',
  insert: 'The BMC read 64 KiB of the ISO.',
  'boot-once': 'The BMC reads back: cdrom, once, UEFI.',
  'power-on': 'The BMC says On.',
  wake: 'Sent Wake-on-LAN for 1c:69:7a:00:00:11 to 192.168.77.255.',
  ask: 'Switch on nuc-11 (1c:69:7a:00:00:11) and let it boot from the network.',
  watch: 'It read its own kernel arguments, then vmlinuz and initrd.img.',
  finish: 'It has left the ISO (it phoned home). The medium was ejected; the machine stays on.',
};

export interface Jobs {
  readonly started: JobInput[];
  readonly room: Rooms['jobs'];
  /** Puts a job where a test wants it: at this step of its own, so far. */
  at(host: string, fleet: string, step: StepName | 'end', part?: Partial<Job>): Job;
}

/** Jobs as rows of the bench's database; each begins at once and stays at `stopsAt`. */
export function pretendJobs(bench: () => ManagementServer, bmc: Rooms['bmc'], stopsAt: StepName = 'watch'): Jobs {
  let count = 0;
  const started: JobInput[] = [];
  const rows = (): ReturnType<typeof jobRows> => jobRows(bench().db);
  const put = (job: Job): Job => {
    rows().put(job);
    return job;
  };
  const get = (id: string): Job => {
    const job = rows().get(id);
    if (!job) throw new BootbenchError('E_NOT_FOUND', `Job ${id} not found.`);
    return job;
  };
  const make = (host: string, fleet: string, dryRun = false, concurrency = 4): Job => {
    const { assignment, bmc } = bench().inventory.getHost(host);
    const method = bmc ? 'virtual-media' : 'by-hand';
    return {
      id: `${fleet}-${++count}`,
      fleet,
      concurrency,
      host,
      image: assignment?.image ?? '',
      ...(assignment?.config !== undefined && { config: assignment.config }),
      method,
      reason: bmc ? 'The BMC shows the ISO as a CD drive.' : `${host} has no BMC, so a technician has to start it.`,
      dryRun,
      state: 'queued',
      steps: STEPS[method].map((name) => ({ name, state: 'pending', tries: 0, evidence: [], events: [] })),
      wanted: {},
      since: 0,
      createdAt: Date.now(),
    };
  };
  const room: Rooms['jobs'] = {
    ofHost: (host) =>
      rows()
        .list()
        .find((job) => job.host === host && isUnderWay(job))?.id,
    start(input) {
      started.push(input);
      const fleet = `fleet${++count}`;
      return input.hosts.map((host) => {
        const job = put(make(host, fleet, input.dryRun, input.concurrency));
        setTimeout(() => put(input.dryRun ? atStep(job, 'end') : atStep(job, job.method === 'by-hand' ? 'ask' : stopsAt)), 200);
        return job;
      });
    },
    preview: (input) =>
      input.hosts.map((name) =>
        previewJob(
          { inventory: bench().inventory, bmc },
          name,
          input,
          room.ofHost(name) === undefined ? undefined : alreadyRunning([name]),
        ),
      ),
    list: () => rows().list().reverse(),
    get,
    cancel: (id) => put({ ...get(id), state: 'cancelled', steps: get(id).steps.map(skipped), endedAt: Date.now() }),
    retry: (id) => put(atStep({ ...get(id), state: 'running', endedAt: undefined }, 'preflight')),
    confirm: (id) => put(atStep(get(id), 'watch')),
  };
  return { started, room, at: (host, fleet, step, part) => put({ ...atStep(make(host, fleet), step), ...part }) };
}

function skipped(step: JobStep): JobStep {
  return step.state === 'done' ? step : { ...step, state: 'skipped' };
}

function atStep(job: Job, name: StepName | 'end'): Job {
  const here = name === 'end' ? job.steps.length : job.steps.findIndex((step) => step.name === name);
  const begun = Date.now() - 4000 * (here + 1);
  const steps = job.steps.map((step, index): JobStep => {
    const startedAt = begun + 4000 * index;
    const proof = EVIDENCE[step.name];
    const evidence = proof === undefined ? [] : [proof];
    if (index < here) return { ...step, state: 'done', tries: 1, evidence, startedAt, endedAt: startedAt + 3200 };
    return index === here ? { ...step, state: 'running', tries: 1, evidence, startedAt } : { ...step, state: 'pending' };
  });
  const state = name === 'end' ? 'done' : name === 'ask' ? 'waiting' : 'running';
  return { ...job, state, steps, startedAt: begun, ...(name === 'end' && { endedAt: Date.now() }) };
}

/** The step that is being done fails, as the contract says it. */
export function failedAt(job: Job, message: string): Job {
  const error = { code: 'E_BMC_REFUSED', message, next: 'Look at the machine’s own screen, then try again.' };
  const steps = job.steps.map((step): JobStep =>
    step.state === 'running' ? { ...step, state: 'failed', evidence: [], error, endedAt: Date.now() } : step,
  );
  return { ...job, state: isUnderWay(job) ? 'failed' : job.state, steps, endedAt: Date.now() };
}
