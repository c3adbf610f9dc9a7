import type { Clock } from '../../../../contract/runtime.ts';
import { sharedAmong } from '../../../../contract/machine-identity.ts';
import type { BmcProvider } from '../../../../main-services/bmc/provider.ts';
import { REDFISH_TIMING } from '../../../../main-services/bmc/redfish/http/timing.ts';
import type { FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import type { Reply } from '../../../fixtures/redfish-bmc/reply.ts';
import { object, ref, type Json } from '../../../fixtures/redfish-bmc/tree.ts';

export const VENDORS = ['dell', 'hpe', 'supermicro'] as const;
export type Vendor = (typeof VENDORS)[number];

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';

/** Time that passes by waiting only, and by what a test adds: minutes of patience take a moment. */
export interface VirtualClock extends Clock {
  pass(ms: number): void;
}

export function virtualClock(): VirtualClock {
  let now = Date.UTC(2026, 10, 1);
  return {
    now: () => now,
    monotonic: () => now,
    pass: (ms) => (now += ms),
    after: (ms, run) => {
      const timer = setTimeout(() => {
        now += ms;
        run();
      }, 0);
      return () => clearTimeout(timer);
    },
  };
}

/** The real patience; only the silence that is really waited for is short, and counted as long as it is. */
export const HELD = { real: 25, counted: REDFISH_TIMING.response };
export const TIMING = { ...REDFISH_TIMING, response: HELD.real, connect: 2000, memberResponse: HELD.real };

export const FAULTS = ['500', '503 once', '404', 'empty object', 'wrong types', 'missing property', 'timeout'] as const;
export type FaultName = (typeof FAULTS)[number];

/** undefined: nothing, ever. */
type Answer = (doc: Json) => Reply | undefined;

/** Properties at the top of documents by which the client decides. */
const READ =
  /^(Systems|Managers|Members|Links|Actions|Boot|PowerState|VirtualMedia|MediaTypes|Image|Inserted|ConnectedVia|Parameters|UUID|SerialNumber|EthernetInterfaces|MACAddress|Thermal|Power|Id)$/;

/** Every way in which the fault is put into one document. */
export function faultsOf(name: FaultName, doc: Json, clock: VirtualClock): Answer[] {
  switch (name) {
    case '500':
      return [() => ({ status: 500 })];
    case '404':
      return [() => ({ status: 404 })];
    case '503 once': {
      let times = 1;
      return [(now) => (times-- > 0 ? { status: 503 } : { status: 200, body: now })];
    }
    case 'empty object':
      return [() => ({ status: 200, body: {} })];
    case 'wrong types':
      return [
        (now) => ({ status: 200, body: Object.fromEntries(Object.entries(now).map(([key, value]) => [key, wrong(value)])) }),
        () => ({ status: 200, body: [1, 'x', null] }),
      ];
    case 'missing property':
      return Object.keys(doc)
        .filter((key) => READ.test(key))
        .map((key) => (now) => ({ status: 200, body: Object.fromEntries(Object.entries(now).filter(([each]) => each !== key)) }));
    case 'timeout':
      return [
        () => {
          clock.pass(HELD.counted);
          return undefined;
        },
      ];
  }
}

function wrong(value: unknown): unknown {
  return typeof value === 'string' ? 42 : typeof value === 'number' ? 'many' : typeof value === 'boolean' ? 'yes' : 7;
}

export const SYSTEMS: Readonly<Record<Vendor, string>> = {
  dell: '/redfish/v1/Systems/System.Embedded.1',
  hpe: '/redfish/v1/Systems/1',
  supermicro: '/redfish/v1/Systems/1',
};
const MANAGERS: Readonly<Record<Vendor, string>> = {
  dell: '/redfish/v1/Managers/iDRAC.Embedded.1',
  hpe: '/redfish/v1/Managers/1',
  supermicro: '/redfish/v1/Managers/1',
};

/** Another machine in the same service: a copy of the recorded one under other paths, with another UUID, serial number and no MACs of its own. */
export function addOther(bmc: FakeBmc, vendor: Vendor): void {
  const [system, manager] = [SYSTEMS[vendor], MANAGERS[vendor]];
  const moved = (text: string): string =>
    text
      .replaceAll(new RegExp(`${system.replaceAll('.', '\\.')}(?=[/"#]|$)`, 'gi'), `${system}-other`)
      .replaceAll(new RegExp(`${manager.replaceAll('.', '\\.')}(?=[/"#]|$)`, 'gi'), `${manager}-other`);
  for (const path of bmc.paths().filter((each) => [system, manager].some((root) => each === root || each.startsWith(`${root}/`)))) {
    bmc.put(moved(path), JSON.parse(moved(JSON.stringify(bmc.doc(path)))) as Json);
  }
  Object.assign(bmc.doc(`${system}-other`), { UUID: '99999999-1111-4222-8333-444444444444', SerialNumber: 'OTHER1', SKU: 'OTHER1' });
  for (const [collection, member] of [
    ['/redfish/v1/Systems', system],
    ['/redfish/v1/Managers', manager],
  ] as const) {
    const doc = bmc.doc(collection);
    (doc.Members as unknown[]).push(ref(`${member}-other`));
  }
}

/** The machine that is wanted, as the host’s record has it. */
export function wantedOf(bmc: FakeBmc, vendor: Vendor) {
  const { UUID, SerialNumber } = bmc.doc(SYSTEMS[vendor]);
  const facts = { uuid: String(UUID).toLowerCase(), serials: [String(SerialNumber)], macs: [] };
  return { name: 'r1', facts, isShared: sharedAmong([facts]) };
}

export interface Operation {
  readonly name: string;
  /** Brings the machine into the state in which the operation does something. */
  readonly before: (bmc: FakeBmc, vendor: Vendor) => void;
  readonly run: (client: BmcProvider) => Promise<unknown>;
  /** Whether it did what it says that it did. */
  readonly isDone: (bmc: FakeBmc, vendor: Vendor) => boolean;
}

const slots = (bmc: FakeBmc): Json[] => bmc.slots().filter((slot) => !String(slot['@odata.id']).includes('-other'));
const power = (state: string) => (bmc: FakeBmc, vendor: Vendor) => void Object.assign(bmc.doc(SYSTEMS[vendor]), { PowerState: state });
const isPower = (state: string) => (bmc: FakeBmc, vendor: Vendor) => bmc.doc(SYSTEMS[vendor]).PowerState === state;
const CD: Readonly<Record<Vendor, string>> = {
  dell: `${SYSTEMS.dell}/VirtualMedia/1`,
  hpe: `${MANAGERS.hpe}/VirtualMedia/2`,
  supermicro: `${MANAGERS.supermicro}/VirtualMedia/VirtualMedia1`,
};

function empty(bmc: FakeBmc): void {
  for (const slot of slots(bmc)) Object.assign(slot, { Inserted: false, Image: null, ConnectedVia: 'NotConnected' });
}

function fill(bmc: FakeBmc, vendor: Vendor): void {
  empty(bmc);
  const slot = bmc.doc(CD[vendor]);
  Object.assign(slot, { Inserted: true, Image: ISO, ImageName: 'rocky.iso', ConnectedVia: 'URI' });
  object(slot.Actions)['#VirtualMedia.EjectMedia'] = { target: `${CD[vendor]}/Actions/VirtualMedia.EjectMedia` };
  // iDRAC shows one drive below the System and below the Manager.
  if (vendor === 'dell') Object.assign(bmc.doc(DELL_VIEW), { Inserted: true, Image: ISO, ConnectedVia: 'URI' });
}

const DELL_VIEW = `${MANAGERS.dell}/VirtualMedia/CD`;

/** The medium is out once one view of its drive is empty. */
function isOut(bmc: FakeBmc, vendor: Vendor): boolean {
  const views = vendor === 'dell' ? [CD.dell, DELL_VIEW] : [CD[vendor]];
  return views.some((path) => bmc.doc(path).Inserted !== true);
}

const nothing = (): boolean => true;

export const OPERATIONS: readonly Operation[] = [
  { name: 'identity', before: power('On'), run: (client) => client.identify(), isDone: nothing },
  { name: 'power status', before: power('On'), run: (client) => client.powerStatus(), isDone: nothing },
  { name: 'health', before: power('On'), run: (client) => client.health(), isDone: nothing },
  { name: 'power off', before: power('On'), run: (client) => client.powerOff(), isDone: isPower('Off') },
  { name: 'power on', before: power('Off'), run: (client) => client.powerOn(), isDone: isPower('On') },
  {
    name: 'media insert',
    before: empty,
    run: (client) => client.insert(ISO),
    isDone: (bmc) => slots(bmc).some(({ Inserted, Image }) => Inserted === true && Image === ISO),
  },
  {
    name: 'media eject',
    before: fill,
    run: (client) => client.ejectAll(),
    isDone: isOut,
  },
  {
    name: 'boot once',
    before: (bmc, vendor) =>
      void Object.assign(object(bmc.doc(SYSTEMS[vendor]).Boot), {
        BootSourceOverrideEnabled: 'Disabled',
        BootSourceOverrideTarget: 'None',
      }),
    run: (client) => client.bootOnce('cdrom', { efi: true }),
    isDone: (bmc, vendor) => String(object(bmc.doc(SYSTEMS[vendor]).Boot).BootSourceOverrideTarget).endsWith('Cd'),
  },
];
