import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { ask, type Ask, type Answer } from './requests.ts';
import { readWatch } from './watching.ts';

const HOSTS = '/api/v1/baremetalhosts';
const IMAGES = '/api/v1/iscsi-cdroms';
const CONFIGS = '/api/v1/bootconfigs';
const MERGE = { 'Content-Type': 'application/merge-patch+json' };
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };
const PASSWORD = 'pa55-of-the-BMC';
const CHAP = 'chap-secret-1';
const REVERSE = 'chap-secret-2';
const SECRETS = [PASSWORD, CHAP, REVERSE];

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
});
afterAll(() => bench.stop());

const object = (kind: string, name: string, spec: unknown, metadata = {}) => ({ kind, metadata: { name, ...metadata }, spec });
const host = (name: string, spec: object, metadata = {}) => object('BareMetalHost', name, spec, metadata);
const send = (method: string, path: string, body?: unknown, more: Ask = {}): Promise<Answer> => ask(bench, path, { method, body, ...more });
const versionOf = (answer: Answer): string => (answer.json().metadata as { resourceVersion: string }).resourceVersion;

/** Every row that is stored, and the numbers that the next ones get. */
function stored(): unknown {
  bench.activity.store();
  return [bench.db.main, bench.db.activity].map((file) => {
    const tables = file.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
    return tables.map(({ name }) => [name, file.prepare(`SELECT * FROM "${name}"`).all()]);
  });
}

describe('dryRun=All', () => {
  const account = { username: 'bench', secret: CHAP, reverseUsername: 'us', reverseSecret: REVERSE };
  const SERVER = {
    bootMACAddress: '52:54:00:00:00:01',
    ip: '10.0.0.1',
    image: 'cd',
    bmc: { address: '10.0.1.1', username: 'ADMIN', password: PASSWORD },
    iscsi: { chap: account },
  };
  beforeAll(async () => {
    await send('POST', CONFIGS, object('BootConfig', 'conf', { format: 'other', data: { a: 'b' } }));
    await send('POST', CONFIGS, object('BootConfig', 'free', { format: 'other', data: { a: 'b' } }));
    await send('POST', IMAGES, object('ISCSICdrom', 'cd', { isoFile: 'cd.iso', bootConfigs: ['conf'] }));
    await send('POST', IMAGES, object('ISCSICdrom', 'unused', { isoFile: 'cd.iso' }));
    expect((await send('POST', HOSTS, host('server1', SERVER))).status).toBe(201);
  });

  const other = { ...SERVER, bootMACAddress: '52:54:00:00:00:02', ip: '10.0.0.2' };
  const changed = {
    ...SERVER,
    ip: '10.0.0.9',
    bmc: { ...SERVER.bmc, password: `${PASSWORD}x` },
    iscsi: { chap: { ...account, secret: `${CHAP}x` } },
  };
  it.each<[string, string, unknown, Ask, number, object]>([
    ['POST', HOSTS, host('server2', other), {}, 201, { metadata: { name: 'server2' }, spec: { ip: '10.0.0.2', image: 'cd' } }],
    ['PUT', `${HOSTS}/server1`, host('server1', changed), {}, 200, { spec: { ip: '10.0.0.9' } }],
    ['PUT', `${HOSTS}/server1`, host('server1', { bootMACAddress: '52:54:00:00:00:01' }), {}, 200, { spec: { vars: {} } }],
    ['PATCH', `${HOSTS}/server1`, { spec: changed }, { headers: MERGE }, 200, { spec: { ip: '10.0.0.9' } }],
    ['PATCH', `${HOSTS}/server1`, { spec: { iscsi: null, bmc: null } }, { headers: MERGE }, 200, { metadata: { name: 'server1' } }],
    [
      'PATCH',
      `${HOSTS}/server1`,
      [{ op: 'add', path: '/spec/ip', value: '10.0.0.8' }],
      { headers: JSON_PATCH },
      200,
      { spec: { ip: '10.0.0.8' } },
    ],
    ['PATCH', `${HOSTS}/server1`, { spec: { bootConfigRef: 'conf' } }, { headers: MERGE }, 200, { spec: { bootConfigRef: 'conf' } }],
    ['DELETE', `${HOSTS}/server1`, undefined, {}, 200, { status: 'Success' }],
    ['POST', IMAGES, object('ISCSICdrom', 'new', { isoFile: 'n.iso' }), {}, 201, { metadata: { name: 'new' } }],
    [
      'PUT',
      `${IMAGES}/cd`,
      object('ISCSICdrom', 'cd', { isoFile: 'other.iso', description: 'x' }),
      {},
      200,
      { spec: { description: 'x' } },
    ],
    ['PATCH', `${IMAGES}/cd`, { spec: { description: 'y' } }, { headers: MERGE }, 200, { spec: { description: 'y' } }],
    ['DELETE', `${IMAGES}/unused`, undefined, {}, 200, { status: 'Success' }],
    ['POST', CONFIGS, object('BootConfig', 'new', { format: 'other', data: { a: 'b' } }), {}, 201, { metadata: { name: 'new' } }],
    [
      'PUT',
      `${CONFIGS}/conf`,
      object('BootConfig', 'conf', { format: 'other', data: { c: 'd' } }),
      {},
      200,
      { spec: { data: { c: 'd' } } },
    ],
    ['PATCH', `${CONFIGS}/conf`, { spec: { data: { e: 'f' } } }, { headers: MERGE }, 200, { spec: { data: { a: 'b', e: 'f' } } }],
    ['DELETE', `${CONFIGS}/free`, undefined, {}, 200, { status: 'Success' }],
    ['DELETE', `${CONFIGS}/free`, { dryRun: ['All'] }, {}, 200, { status: 'Success' }],
    ['DELETE', `${CONFIGS}/nothing`, undefined, {}, 404, { code: 'E_NOT_FOUND' }],
    ['POST', HOSTS, host('server1', other), {}, 409, { code: 'E_EXISTS' }],
    ['POST', HOSTS, host('server3', { ...other, image: 'none' }), {}, 422, { kind: 'Status' }],
    ['PATCH', `${HOSTS}/server1`, { metadata: { resourceVersion: '1' }, spec: {} }, { headers: MERGE }, 409, { code: 'E_CONFLICT' }],
  ])('%s %s %j answers what would be and stores nothing', async (method, path, body, more, status, answered) => {
    const before = stored();
    const told: unknown[] = [];
    const stop = bench.db.onChanges((changes) => told.push(changes));
    const query = method === 'DELETE' && body !== undefined ? '' : '?dryRun=All';
    const answer = await send(method, `${path}${query}`, body, more);
    stop();
    expect(answer.json()).toMatchObject(answered);
    expect(answer.status).toBe(status);
    for (const secret of SECRETS) expect(answer.text + JSON.stringify(answer.headers)).not.toContain(secret);
    expect(stored()).toEqual(before);
    expect(told).toEqual([]);
  });

  it('another value is refused, and so is a rehearsal where there is none', async () => {
    const before = stored();
    for (const path of [`${HOSTS}?dryRun=true`, `${HOSTS}?dryRun=`, `${HOSTS}?dryRun=All&dryRun=None`])
      expect((await send('POST', path, host('server2', other))).status).toBe(400);
    expect((await send('POST', `${HOSTS}/server1/forget-report?dryRun=All`, {})).status).toBe(400);
    expect((await send('DELETE', `${HOSTS}/server1`, { dryRun: 'All' })).status).toBe(400);
    expect(stored()).toEqual(before);
  });

  it('no secret is in a response, an event, a watch or an error', async () => {
    const texts: string[] = [];
    const keep = async (answer: Promise<Answer>): Promise<void> =>
      void texts.push((await answer).text, JSON.stringify((await answer).headers));
    const table = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    await keep(send('PUT', `${HOSTS}/server1`, host('server1', changed)));
    await keep(send('PATCH', `${HOSTS}/server1`, { spec: { bmc: { password: PASSWORD } } }, { headers: MERGE }));
    await keep(send('PATCH', `${HOSTS}/server1`, [{ op: 'add', path: '/spec/bmc/password', value: PASSWORD }], { headers: JSON_PATCH }));
    await keep(send('PATCH', `${HOSTS}/server1`, [{ op: 'test', path: '/spec/bmc/password', value: PASSWORD }], { headers: JSON_PATCH }));
    for (const path of [HOSTS, `${HOSTS}/server1`]) {
      await keep(send('GET', path));
      await keep(send('GET', path, undefined, { headers: table }));
    }
    const wrong: unknown[] = [
      { bmc: { address: '10.0.1.1', password: [PASSWORD] } },
      { bmc: { address: '10.0.1.1', password: PASSWORD.repeat(40) } },
      { bmc: { address: '10.0.1.1', pasword: PASSWORD } },
      { bmc: PASSWORD },
      { bmc: { address: `https://ADMIN:${PASSWORD}@10.0.1.1/` } },
      { console: `ssh://root:${PASSWORD}@10.0.1.1` },
      { console: `telnet://root:${PASSWORD}@10.0.1.1:23` },
      { iscsi: { chap: { username: 'bench', secret: `${CHAP} ${CHAP}` } } },
      { iscsi: { chap: { username: 'bench', secret: { value: CHAP } } } },
      { iscsi: { chap: { ...account, reverseSecret: CHAP } } },
      { iscsi: { chap: `bench:${CHAP}` } },
    ];
    for (const spec of wrong) {
      await keep(send('PATCH', `${HOSTS}/server1`, { spec }, { headers: MERGE }));
      await keep(send('PATCH', `${HOSTS}/server1?fieldValidation=Strict`, { spec }, { headers: MERGE }));
      await keep(send('POST', HOSTS, host('wrong', { ...other, ...(spec as object) })));
    }
    const body = JSON.stringify(host('server1', SERVER));
    await keep(send('POST', HOSTS, body.slice(0, body.indexOf(PASSWORD) + PASSWORD.length)));
    await keep(send('POST', HOSTS, body.replace(`"${PASSWORD}"`, PASSWORD)));
    const watched = await readWatch(bench, `${HOSTS}?watch=true&resourceVersion=1&timeoutSeconds=1`);
    expect(watched.length).toBeGreaterThan(3);
    texts.push(JSON.stringify(watched), JSON.stringify(bench.db.main.prepare('SELECT * FROM changes').all()));
    bench.activity.store();
    const events = bench.db.activity.prepare('SELECT * FROM events').all();
    texts.push(JSON.stringify(events));
    for (const text of texts) for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});

describe('the password in an image’s URL', () => {
  it('is stored, never told back, and stays when the object is sent back', async () => {
    const url = `https://bench:${PASSWORD}@example.org/a.iso`;
    const since = String(bench.db.lastSeq());
    const path = `${IMAGES}/remote`;
    const texts: string[] = [];
    const keep = async (answer: Promise<Answer>): Promise<Answer> => {
      texts.push((await answer).text);
      return answer;
    };
    const remote = object('ISCSICdrom', 'remote', { isoFile: url });
    expect((await keep(send('POST', `${IMAGES}?dryRun=All`, remote))).status).toBe(201);
    await keep(send('POST', IMAGES, remote));
    const read = (await keep(send('GET', path))).json();
    expect(read.spec).toMatchObject({ isoFile: 'https://bench@example.org/a.iso' });
    expect((await keep(send('PUT', path, { ...read, spec: { ...(read.spec as object), description: 'x' } }))).status).toBe(200);
    expect((await keep(send('PATCH', path, [{ op: 'add', path: '/spec/description', value: 'y' }], { headers: JSON_PATCH }))).status).toBe(
      200,
    );
    expect(bench.inventory.getImage('remote')).toMatchObject({ description: 'y', source: { type: 'url', url } });
    for (const isoFile of [`ftp://bench:${PASSWORD}@example.org/a.iso`, `https://bench:${PASSWORD}@`])
      expect((await keep(send('PATCH', path, { spec: { isoFile } }, { headers: MERGE }))).status).toBe(400);
    await send('PATCH', path, { spec: { isoFile: 'https://example.org/a.iso' } }, { headers: MERGE });
    expect(bench.inventory.getImage('remote').source).toEqual({ type: 'url', url: 'https://example.org/a.iso' });
    await send('DELETE', path);
    texts.push(JSON.stringify(await readWatch(bench, `${IMAGES}?watch=true&resourceVersion=${since}&timeoutSeconds=1`)));
    for (const text of texts) expect(text).not.toContain(PASSWORD);
  });
});

describe('a write that says what it is based on', () => {
  const PATH = `${CONFIGS}/based`;
  const config = (data: object, metadata = {}) => object('BootConfig', 'based', { format: 'other', data }, metadata);
  let [old, now] = ['', ''];
  beforeEach(async () => {
    await send('DELETE', PATH);
    old = versionOf(await send('POST', CONFIGS, config({ a: '1' })));
    now = versionOf(await send('PUT', PATH, config({ a: '2' })));
  });

  it.each<[string, string, (version: string) => unknown, Ask]>([
    ['PUT', PATH, (resourceVersion) => config({ a: '3' }, { resourceVersion }), {}],
    ['PATCH', PATH, (resourceVersion) => ({ metadata: { resourceVersion }, spec: { data: { a: '3' } } }), { headers: MERGE }],
    [
      'PATCH',
      PATH,
      (version) => [
        { op: 'test', path: '/metadata/resourceVersion', value: version },
        { op: 'replace', path: '/spec/data/a', value: '3' },
      ],
      { headers: JSON_PATCH },
    ],
    ['DELETE', PATH, (resourceVersion) => ({ preconditions: { resourceVersion } }), {}],
  ])('%s of a stale version is 409 and changes nothing; of the current one it is done', async (method, path, body, more) => {
    const stale = await send(method, path, body(old), more);
    expect(stale.status).toBe(409);
    expect(stale.json()).toMatchObject({ kind: 'Status', reason: 'Conflict', code: 'E_CONFLICT' });
    expect(bench.inventory.getConfig('based').files).toEqual({ a: '2' });
    expect((await send(method, path, body('none'), more)).status).toBe(more.headers === JSON_PATCH ? 409 : 400);
    expect((await send(method, path, body(now), more)).status).toBe(200);
  });

  it('a PUT replaces as a whole; a writable image is 422', async () => {
    await send('PUT', PATH, config({ b: '1' }));
    expect(bench.inventory.getConfig('based').files).toEqual({ b: '1' });
    for (const [method, path] of [
      ['POST', IMAGES],
      ['PUT', `${IMAGES}/cd`],
      ['PATCH', `${IMAGES}/cd`],
    ] as const) {
      const answer = await send(
        method,
        path,
        object('ISCSICdrom', method === 'POST' ? 'rw' : 'cd', { isoFile: 'cd.iso', readOnly: false }),
      );
      expect([method, answer.status, answer.json().code]).toEqual([method, 422, 'E_READ_ONLY']);
    }
  });
});

describe('a Table', () => {
  it('has the columns, a row for each object, and its metadata', async () => {
    const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    const table = (await send('GET', IMAGES, undefined, { headers })).json();
    const columns = (table.columnDefinitions as { name: string }[]).map(({ name }) => name);
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: String(bench.db.lastSeq()) } });
    expect(columns).toEqual(['Name', 'System', 'Kind', 'Configs', 'Size', 'ISO', 'Age']);
    const rows = table.rows as { cells: string[]; object: object }[];
    expect(rows.map(({ cells }) => [cells.length, cells[0], cells[3]])).toEqual([
      [7, 'cd', 'conf'],
      [7, 'unused', ''],
    ]);
    expect(rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'cd', namespace: 'default' } });
    const one = (await send('GET', `${IMAGES}/cd`, undefined, { headers })).json();
    expect((one.rows as unknown[]).length).toBe(1);
    expect(
      (await send('GET', IMAGES, undefined, { headers: { Accept: 'application/json;as=Table;v=v2;g=meta.k8s.io' } })).json().kind,
    ).toBe('ISCSICdromList');
  });
});

describe('a refused request', () => {
  const server = { bootMACAddress: '52:54:00:00:00:71', ip: '10.0.0.71' };
  beforeAll(async () => {
    expect((await send('POST', HOSTS, host('plain', server))).status).toBe(201);
  });

  it.each([
    ['E_NO_CHAP_SECRET', { username: 'bench', secret: CHAP, reverseUsername: 'us' }],
    ['E_BAD_INPUT', { username: 'bench', secret: CHAP, reverseUsername: 'us', reverseSecret: CHAP }],
  ])('leaves everything as it was: %s of CHAP', async (code, chap) => {
    const spec = { hostname: 'changed', iscsi: { chap } };
    const before = stored();
    const added = host('other', { ...spec, bootMACAddress: '52:54:00:00:00:72' });
    for (const query of ['', '?dryRun=All']) {
      expect((await send('PATCH', `${HOSTS}/plain${query}`, { spec }, { headers: MERGE })).json()).toMatchObject({ code });
      expect((await send('PUT', `${HOSTS}/plain${query}`, host('plain', { ...server, ...spec }))).json()).toMatchObject({ code });
      expect((await send('POST', `${HOSTS}${query}`, added)).json()).toMatchObject({ code });
    }
    expect(stored()).toEqual(before);
  });

  it.each([{ args: 'a=1' }, { method: 'iscsi' }, { mode: 'always' }, { deliver: 'media' }, { afterConfigRef: 'conf' }])(
    'is one whose member would be lost without an image: %o',
    async (spec) => {
      const message = `spec.${Object.keys(spec)[0] ?? ''} requires spec.image.`;
      const refused = { code: 'E_BAD_INPUT', message };
      expect((await send('PATCH', `${HOSTS}/plain`, { spec }, { headers: MERGE })).json()).toMatchObject(refused);
      expect((await send('PUT', `${HOSTS}/plain`, host('plain', { ...server, ...spec }))).json()).toMatchObject(refused);
      expect((await send('PATCH', `${HOSTS}/plain`, { spec: { ...spec, image: '' } }, { headers: MERGE })).status).toBe(200);
    },
  );

  it('names metadata.name where the name is not possible, once', async () => {
    const { message } = (await send('POST', HOSTS, host('bad name', { ...server, ip: '10.0.0.99' }))).json() as { message: string };
    expect(message).toMatch(/^metadata\.name: use 1 to 63 [^;]*$/);
  });

  it('of a config that does not exist says to add it, and of another path which lists there are', async () => {
    const [next, code] = [expect.stringContaining('add the config first') as string, 'E_CONFIG_INCOMPATIBLE'];
    const link = await send('PATCH', `${IMAGES}/unused`, { spec: { bootConfigs: ['nope'] } }, { headers: MERGE });
    expect(link.json()).toMatchObject({ code, next });
    const after = { image: 'unused', afterConfigRef: 'nope' };
    expect((await send('PATCH', `${HOSTS}/plain`, { spec: after }, { headers: MERGE })).json()).toMatchObject({ code, next });
    expect((await send('GET', '/api/v1/leases')).json().message).toMatch(/there are baremetalhosts, iscsi-cdroms, bootconfigs, jobs under/);
  });

  it('says where a CHAP account was named without a stored secret', async () => {
    const answer = await send('PATCH', `${HOSTS}/plain`, { spec: { iscsi: { chap: { username: 'bench' } } } }, { headers: MERGE });
    expect([answer.status, answer.headers.warning]).toEqual([200, expect.stringContaining('No CHAP secret is stored for user bench')]);
  });
});
