import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import { ConfigInput, HostInput, ImageInput } from '../../../contract/inventory.ts';
import { connect, type Client } from '../../../contract/port.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { webSocketPort } from '../../../main-services/management/websocket-port.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { someIso } from '../inventory/library.ts';
import { runCommandLine } from './command-line.ts';

let folder: string;
let appliance: Appliance;
let client: Client;
let token: string;
let iso: string;

/** The objects of the seed: an ISO with two configs, one with another, and one that takes none. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'three-rules-'));
  iso = join(folder, 'source.iso');
  writeFileSync(iso, someIso());
  appliance = await startOnLoopback(folder, { nic: undefined });
  token = readFileSync(join(folder, 'api-token'), 'utf8').trim();
  const headers = { Authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${appliance.api.replace('http', 'ws')}/api/v1/ws`, ['bootbench.v1'], { headers });
  await new Promise((opened, failed) => socket.once('open', opened).once('error', failed));
  client = connect(webSocketPort(socket));
  const { inventory } = appliance.rooms;
  for (const name of ['coreos-builder', 'builder-target', 'fedora-server'])
    inventory.addConfig(ConfigInput.parse({ name, format: 'other', files: { file: 'text' } }));
  const addImage = (name: string, bootConfigs: string[]): Promise<unknown> =>
    inventory.addImage(ImageInput.parse({ name, source: { type: 'file', path: iso }, bootConfigs }));
  await addImage('coreos-live', ['coreos-builder', 'builder-target']);
  await addImage('fedora', ['fedora-server']);
  await addImage('baremetalservices', []);
  inventory.addHost(HostInput.parse({ name: 'server1', interfaces: [{ mac: 'ac:1f:6b:8a:a7:9c', ip: '192.168.10.10' }] }));
});
beforeEach(() => {
  appliance.rooms.inventory.assign('server1', { image: 'fedora', config: 'fedora-server', mode: 'always' });
});
afterAll(async () => {
  client.close();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Refusable {
  readonly image: string;
  readonly config: string;
}
/** Asks for an assignment at one door; the code of the refusal. */
type Door = (asked: Refusable) => Promise<string>;

interface Answer {
  readonly status: number;
  readonly warning: string | null;
  readonly body: { readonly code?: string; readonly spec: Record<string, unknown>; readonly metadata: Record<string, unknown> };
}

async function rest(method: string, path: string, body: unknown, type = 'application/json'): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type };
  const answer = await fetch(`${appliance.api}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  return { status: answer.status, warning: answer.headers.get('warning'), body: (await answer.json()) as Answer['body'] };
}

async function refusedByRest(...request: Parameters<typeof rest>): Promise<string> {
  const { status, body } = await rest(...request);
  expect(status).toBe(422);
  return body.code ?? 'none';
}

async function refusedByCli(...argv: string[]): Promise<string> {
  const { code, err } = await runCommandLine(argv, { cwd: folder });
  expect(code).not.toBe(0);
  return /\bE_[A-Z_]+/.exec(err)?.[0] ?? err;
}

async function refusedByContract(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: unknown) => asBootbenchError(error).code,
  );
}

const FORMS = { plain: '/api/v1', 'in a namespace': '/api/v1/namespaces/default' } as const;
const MERGE = 'application/merge-patch+json';
const newHost = { bootMACAddress: '52:54:00:00:00:99' };
const hostObject = (name: string, spec: object): object => ({ apiVersion: 'v1', kind: 'BareMetalHost', metadata: { name }, spec });

function restDoors(form: keyof typeof FORMS): [string, Door][] {
  const hosts = `${FORMS[form]}/baremetalhosts`;
  const server1 = `${hosts}/server1`;
  const spec = ({ image, config }: Refusable): object => ({ image, bootConfigRef: config });
  const put = async (asked: Refusable): Promise<string> => {
    const { body } = await rest('GET', server1, undefined);
    return refusedByRest('PUT', server1, { ...body, spec: { ...body.spec, ...spec(asked) } });
  };
  const jsonPatch = ({ image, config }: Refusable): Promise<string> =>
    refusedByRest(
      'PATCH',
      server1,
      [
        { op: 'replace', path: '/spec/image', value: image },
        { op: 'replace', path: '/spec/bootConfigRef', value: config },
      ],
      'application/json-patch+json',
    );
  const doors: [string, Door][] = [
    ['POST', (asked) => refusedByRest('POST', hosts, hostObject('other', { ...newHost, ...spec(asked) }))],
    ['PUT', put],
    ['PATCH, merge', (asked) => refusedByRest('PATCH', server1, { spec: { ip: '192.168.10.99', ...spec(asked) } }, MERGE)],
    ['PATCH, strategic', (asked) => refusedByRest('PATCH', server1, { spec: spec(asked) }, 'application/strategic-merge-patch+json')],
    ['PATCH, JSON Patch', jsonPatch],
    ['PATCH, dry run', (asked) => refusedByRest('PATCH', `${server1}?dryRun=All`, { spec: spec(asked) }, MERGE)],
  ];
  return doors.map(([name, door]) => [`REST ${name}, ${form}`, door]);
}

const mode = 'once' as const;
const HOST_DOORS: readonly [string, Door][] = [
  ...restDoors('plain'),
  ...restDoors('in a namespace'),
  ['CLI assign', ({ image, config }) => refusedByCli('assign', 'server1', '--image', image, '--config', config)],
  ['contract host.assign', (asked) => refusedByContract(client.call('host.assign', { host: 'server1', assignment: { ...asked, mode } }))],
  [
    'contract host.apply, of a host that is there',
    (asked) =>
      refusedByContract(client.call('host.apply', { name: 'server1', patch: { vars: { a: 'b' } }, assignment: { ...asked, mode } })),
  ],
  [
    'contract host.apply, of a new host',
    (asked) => {
      const add = HostInput.parse({ name: 'other', interfaces: [{ mac: '52:54:00:00:00:99' }] });
      return refusedByContract(client.call('host.apply', { name: 'other', add, assignment: { ...asked, mode } }));
    },
  ],
];

/** A list of which one config does not exist. */
const listed = { bootConfigs: ['coreos-builder', 'nope'] };
const cdrom = (name: string, spec: object): object => ({ apiVersion: 'v1', kind: 'ISCSICdrom', metadata: { name }, spec });
const uploadTo = (root: string): Promise<string> =>
  refusedByRest('PUT', `${root}/iscsi-cdroms/new/iso?bootConfigs=coreos-builder,nope`, someIso(), 'application/octet-stream');
const LIST_DOORS: readonly [string, () => Promise<string>][] = [
  ...Object.entries(FORMS).flatMap(([form, root]): [string, () => Promise<string>][] => [
    [`upload, ${form}`, () => uploadTo(root)],
    [`REST POST, ${form}`, () => refusedByRest('POST', `${root}/iscsi-cdroms`, cdrom('new', { isoFile: iso, ...listed }))],
    [
      `REST PUT, ${form}`,
      () => refusedByRest('PUT', `${root}/iscsi-cdroms/baremetalservices`, cdrom('baremetalservices', { isoFile: iso, ...listed })),
    ],
    [`REST PATCH, ${form}`, () => refusedByRest('PATCH', `${root}/iscsi-cdroms/baremetalservices`, { spec: listed }, MERGE)],
  ]),
  ['CLI import', () => refusedByCli('image', 'add', iso, '--copy', '--name', 'new', '--configs', 'coreos-builder,nope')],
  ['CLI image add', () => refusedByCli('image', 'add', iso, '--name', 'new', '--configs', 'coreos-builder,nope')],
  ['CLI image set', () => refusedByCli('image', 'set', 'baremetalservices', '--configs', 'coreos-builder,nope')],
  ['contract image.import', () => refusedByContract(client.call('image.import', { name: 'new', path: iso, ...listed }))],
  [
    'contract image.add',
    () => refusedByContract(client.call('image.add', { name: 'new', source: { type: 'file', path: iso }, ...listed })),
  ],
  ['contract image.patch', () => refusedByContract(client.call('image.patch', { name: 'baremetalservices', patch: listed }))],
];

/** Everything that a write would change. */
function everything(): unknown {
  const { inventory, activity } = appliance.rooms;
  return { inventory: inventory.snapshot(), lastEvent: activity.lastSeq() };
}

const RULES = [
  { rule: 'a config that does not exist', image: 'coreos-live', config: 'nope' },
  { rule: 'a config that is not in the image’s list', image: 'coreos-live', config: 'fedora-server' },
  { rule: 'a config for an image without a list', image: 'baremetalservices', config: 'coreos-builder' },
  { rule: 'a config that does not exist, for the local disk', image: 'localboot', config: 'nope' },
  { rule: 'an image that does not exist', image: 'nope', config: 'coreos-builder' },
] as const;

describe.each(RULES)('$rule is E_CONFIG_INCOMPATIBLE, and nothing is written', ({ image, config }) => {
  it.each(HOST_DOORS)('%s', async (_door, refused) => {
    const before = everything();
    expect(await refused({ image, config })).toBe('E_CONFIG_INCOMPATIBLE');
    expect(everything()).toEqual(before);
  });
});

describe('a config that does not exist in an image’s list is E_CONFIG_INCOMPATIBLE, and nothing is written', () => {
  it.each(LIST_DOORS)('%s', async (_door, refused) => {
    const before = everything();
    expect(await refused()).toBe('E_CONFIG_INCOMPATIBLE');
    expect(everything()).toEqual(before);
    expect((await client.call('image.importState', { name: 'new' })).received).toBe(0);
  });
});

describe('the config after a boot', () => {
  const wanted = { image: 'fedora', mode, after: { image: 'localboot', config: 'nope' } } as const;
  it.each<[string, () => Promise<string>]>([
    ['REST', () => refusedByRest('PATCH', '/api/v1/baremetalhosts/server1', { spec: { afterConfigRef: 'nope' } }, MERGE)],
    ['CLI', () => refusedByCli('assign', 'server1', '--image', 'fedora', '--after-config', 'nope')],
    ['contract', () => refusedByContract(client.call('host.assign', { host: 'server1', assignment: wanted }))],
  ])('has to exist: %s', async (_door, refused) => {
    const before = everything();
    expect(await refused()).toBe('E_CONFIG_INCOMPATIBLE');
    expect(everything()).toEqual(before);
  });
});

describe('a new image alone clears a config that does not fit, and says so', () => {
  const since = (seq: number): BenchEvent[] => appliance.rooms.activity.history({ limit: 20 }).filter((event) => event.seq > seq);

  const REST_CHANGES = Object.entries(FORMS).flatMap(([form, root]): [string, () => Promise<string>][] => {
    const changed = async (body: unknown, type: string): Promise<string> => {
      const answer = await rest('PATCH', `${root}/baremetalhosts/server1`, body, type);
      expect(answer).toMatchObject({ status: 200, body: { spec: { image: 'coreos-live', mode: 'always' } } });
      expect(answer.body.spec).not.toHaveProperty('bootConfigRef');
      return (answer.warning ?? 'none').replaceAll('\\"', '"');
    };
    return [
      [`REST, ${form}: the seed’s own PATCH`, () => changed({ spec: { image: 'coreos-live' } }, 'application/json')],
      [`REST, ${form}: merge patch`, () => changed({ spec: { image: 'coreos-live' } }, MERGE)],
      [
        `REST, ${form}: JSON Patch`,
        () => changed([{ op: 'replace', path: '/spec/image', value: 'coreos-live' }], 'application/json-patch+json'),
      ],
    ];
  });

  it.each<[string, () => Promise<string>]>([
    ...REST_CHANGES,
    ['CLI', async () => (await runCommandLine(['assign', 'server1', '--image', 'coreos-live', '--always'], { cwd: folder })).out],
    [
      'contract',
      async () => {
        const assignment = { image: 'coreos-live', mode: 'always' } as const;
        return (await client.call('host.assign', { host: 'server1', assignment })).notes.join();
      },
    ],
  ])('%s', async (_door, change) => {
    const before = appliance.rooms.activity.lastSeq();
    expect(await change()).toContain('Config "fedora-server" was cleared');
    expect(appliance.rooms.inventory.getHost('server1').assignment).toMatchObject({ image: 'coreos-live', state: 'armed' });
    expect(appliance.rooms.inventory.getHost('server1').assignment).not.toHaveProperty('config');
    const [armed, cleared] = since(before).toSorted((a, b) => b.seq - a.seq);
    expect([cleared?.type, armed?.type]).toEqual(['assignment.config-cleared', 'assignment.armed']);
    expect(cleared).toMatchObject({ host: 'server1', message: expect.stringContaining('"fedora-server" was cleared') as string });
  });

  it('a config that fits both stays, without a warning', async () => {
    const { inventory } = appliance.rooms;
    await inventory.patchImage('coreos-live', { bootConfigs: ['coreos-builder', 'builder-target', 'fedora-server'] });
    const { warning, body } = await rest('PATCH', '/api/v1/baremetalhosts/server1', { spec: { image: 'coreos-live' } });
    expect([warning, body.spec.bootConfigRef]).toEqual([null, 'fedora-server']);
  });
});
