import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseRows } from '../../../db/leases.ts';
import { openDb } from '../../../db/open.ts';
import { sha256, someIso } from '../inventory/library.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { runCommandLine, type Ran, type RunOptions } from './command-line.ts';

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
  writeFileSync(join(bench.dataDir, 'ks.cfg'), 'reboot\n');
});
afterAll(() => bench.stop());

/** One command line, run in the data directory as its working directory. */
const run = (argv: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  runCommandLine(argv, { cwd: bench.dataDir, ...options });

describe('the bench workflow', () => {
  it.each([
    [['config', 'add', 'fedora', '--format', 'kickstart', 'ks.cfg'], 'Added fedora with ks.cfg.'],
    [['config', 'add', 'other', '--format', 'other', 'ks.cfg'], 'Added other'],
    [['image', 'add', 'Fedora Server.iso', '--configs', 'fedora'], 'Added Fedora-Server'],
    [['host', 'add', 'r750', '--mac', '5254.0012.3456,52-54-00-12-34-57', '--ip', '192.168.77.10'], 'Added r750'],
    [['host', 'set', 'r750', '--mac', '52:54:00:12:34:57', 'vlan=7', 'allow-pxe=false'], 'Changed r750'],
    [['host', 'set', 'r750', 'localBoot=efi:grubx64.efi', 'vars.role=web'], 'Changed r750'],
    [['host', 'list'], '52:54:00:12:34:56 +1'],
    [['assign', 'r750', '--image', 'Fedora-Server', '--config', 'fedora', '--always'], 'r750 boots Fedora-Server with fedora, always.'],
    [['image', 'set', 'Fedora-Server', '--configs', 'fedora,other'], 'Changed'],
    [['image', 'list'], 'fedora,other'],
    [['config', 'set', 'fedora', '--description', 'one'], 'Changed'],
    [['config', 'list'], 'kickstart'],
    [['config', 'show', 'fedora'], 'ks.cfg'],
    [['image', 'show', 'Fedora-Server'], 'Fedora-Server'],
    [['image', 'describe', 'Fedora-Server'], 'Boot methods:'],
    [['host', 'show', 'r750'], '52:54:00:12:34:57'],
    [['explain', 'r750'], ''],
    [['arguments', 'r750'], ''],
    [['reading', 'r750'], 'r750'],
    [['preflight', '--nic', 'enp3s0'], '● enp3s0 has 192.168.77.1/24'],
    [['status'], '● dhcp       ready: full mode'],
    [['leases'], 'No leases.'],
    [['host', 'same-machine', 'r750'], 'UUID none'],
    [['host', 'forget-report', 'r750'], 'discarded for r750'],
    [['backup', 'copy.db'], 'copy.db, 1 bytes'],
    [['assign', 'r750', '--none'], 'no longer has an assignment'],
    [['events'], 'assignment.armed'],
    [['config', 'remove', 'other'], 'Removed'],
    [['image', 'remove', 'Fedora-Server'], 'Removed'],
    [['help'], 'host add'],
    [['help', 'host', 'add'], 'usage: bootbench host add <name>'],
    [['help', 'console'], 'usage: bootbench console <host>'],
    [['host', 'add', '--help'], 'usage: bootbench host add <name>'],
  ])('%j', async (argv, words) => {
    const { code, out, err } = await run(argv);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain(words);
    expect(out).not.toContain('undefined');
  });

  it('adopts a discovered machine, and removes it', async () => {
    bench.inventory.discover({ mac: '52:54:00:00:00:77', facts: { serial: 'S77' } });
    expect((await run(['host', 'adopt', '52-54-00-00-00-77', 'found'])).code).toBe(0);
    expect(bench.inventory.getHost('found')).toMatchObject({ facts: { serial: 'S77' }, interfaces: [{ mac: '52:54:00:00:00:77' }] });
    expect((await run(['host', 'remove', 'found'])).code).toBe(0);
    expect(bench.inventory.listHosts().map(({ name }) => name)).toEqual(['r750']);
  });

  it('says that no view was made before the machine asked for one', async () => {
    expect(await run(['receipt', 'r750'])).toMatchObject({ code: 1, err: expect.stringContaining('E_VIEW_GONE') as string });
  });

  it('b7: releases a lease, and says when there is none', async () => {
    leaseRows(bench.db).put({ ip: '192.168.77.100', mac: '52:54:00:12:34:99', state: 'bound', startedAt: 0, expiresAt: 1 });
    expect(await run(['leases', 'release', '192.168.77.100'])).toMatchObject({ code: 0, out: 'Released 192.168.77.100.\n' });
    expect(leaseRows(bench.db).list()).toEqual([]);
    const again = await run(['leases', 'release', '192.168.77.100']);
    expect(again.code).toBe(1);
    expect(again.err).toContain('E_NOT_FOUND');
  });

  it('lists who is limited', async () => {
    expect((await run(['protection'])).out).toBe('No client is limited.\n');
    bench.limits.limited('tftp-transfers', '192.168.77.66');
    expect((await run(['protection', '--active'])).out).toMatch(/LIMIT .*\nTFTP transfers +192\.168\.77\.66 +1 .* limited\n$/);
    expect(JSON.parse((await run(['protection', '--json'])).out)).toMatchObject([{ kind: 'tftp-transfers', subject: '192.168.77.66' }]);
  });

  it('b6: says that a machine which reports something else is the host', async () => {
    bench.inventory.recordOtherReport('r750', '52:54:00:12:34:56', { uuid: '11223344-5566-7788-99aa-bbccddeeff00', serial: 'S1' });
    expect((await run(['host', 'same-machine', 'r750'])).out).toContain('UUID 11223344-5566-7788-99aa-bbccddeeff00 and serial number S1');
    expect(bench.inventory.getHost('r750').confirmed).toMatchObject({ serial: 'S1', by: 'person' });
  });

  it('sets the CHAP account of a host, shows its target, and no secret', async () => {
    writeFileSync(join(bench.dataDir, 'chap.txt'), 'abcdefghijkl\n');
    const set = await run(['host', 'iscsi', 'r750', '--chap-user', 'bench', '--chap-secret-file', 'chap.txt']);
    expect(set).toMatchObject({
      code: 0,
      out: expect.stringMatching(/52-54-00-12-34-56\n.*52-54-00-12-34-57\nCHAP user bench\.\n$/) as string,
    });
    expect(bench.inventory.getHost('r750').iscsi).toEqual({ chap: { username: 'bench' } });
    expect((await run(['host', 'iscsi', 'r750', '--json'])).out).not.toContain('abcdefghijkl');
    expect((await run(['host', 'iscsi', 'r750', '--chap-user', 'bench', '--reverse-user', 'us'])).err).toContain('E_NO_CHAP_SECRET');
    expect((await run(['host', 'iscsi', 'r750', '--no-chap'])).out).toContain('No CHAP.');
    expect(bench.inventory.getHost('r750').iscsi).toEqual({});
    expect((await run(['host', 'iscsi', 'r750', '--reverse-user', 'us'])).code).toBe(2);
  });

  it('lists iSCSI sessions and targets', async () => {
    expect((await run(['iscsi'])).out).toBe('No iSCSI sessions.\n');
    expect((await run(['iscsi', '--targets'])).out).toContain('r750  iqn.2026-11.dev.bootbench:52-54-00-12-34-56');
  });

  it('kept the interfaces apart', () => {
    const host = bench.inventory.getHost('r750');
    expect(host.interfaces).toMatchObject([
      { mac: '52:54:00:12:34:56', ip: '192.168.77.10', allowPXE: true },
      { mac: '52:54:00:12:34:57', vlan: 7, allowPXE: false },
    ]);
    expect(host).toMatchObject({ localBoot: { kind: 'efi', file: 'grubx64.efi' }, vars: { role: 'web' } });
  });

  it('--json is JSON', async () => {
    expect(JSON.parse((await run(['host', 'list', '--json'])).out)).toMatchObject([{ name: 'r750' }]);
  });

  it('events --watch goes on with --since and ends with the signal', async () => {
    const stop = new AbortController();
    const watching = run(['events', '--watch', '--json', '--since', '0'], {
      signal: stop.signal,
      onOut: (text) => {
        if (text.includes('assignment.armed')) bench.activity.record({ type: 'host.facts', message: 'live one' });
        if (text.includes('live one')) stop.abort();
      },
    });
    const { code, out } = await watching;
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toContain('host.facts');
  });
});

describe('an ISO that is copied into the library', () => {
  const iso = someIso();
  const add = (...more: string[]): Promise<Ran> => run(['image', 'add', 'real.iso', '--copy', ...more]);
  beforeAll(() => writeFileSync(join(bench.dataDir, 'real.iso'), iso));

  it('is refused when its SHA-256 is not the given one, and the command fails with that', async () => {
    const { code, err } = await add('--sha256', '0'.repeat(64));
    expect(code).toBe(1);
    expect(err).toContain('E_CHECKSUM: The SHA-256 of real is');
  });

  it('is waited for, and gets its kind and description', async () => {
    const { code, out } = await add('--sha256', sha256(iso).toUpperCase(), '--kind', 'live', '--description', 'rescue');
    expect([code, out]).toEqual([0, expect.stringContaining('Added real')]);
    expect(bench.inventory.getImage('real')).toMatchObject({ imported: true, sha256: sha256(iso), kind: 'live', description: 'rescue' });
    expect((await run(['image', 'remove', 'real'])).code).toBe(0);
  });
});

describe('exit codes', () => {
  it.each([
    [['host', 'add', 'x'], 2, '--mac'],
    [['host', 'add', 'x', '--mac', 'nonsense'], 2, 'not a MAC address'],
    [['host', 'add', '--mac', '52:54:00:00:00:01'], 2, 'usage: bootbench host add'],
    [['host', 'add', 'x', '--colour', 'red'], 2, '--colour'],
    [['host', 'juggle'], 2, 'usage: bootbench host add'],
    [['juggle'], 2, 'bootbench help'],
    [[], 2, ''],
    [['assign', 'r750', '--image', 'x', '--once', '--always'], 2, 'cannot be combined'],
    [['assign', 'r750'], 2, '--image'],
    [['image', 'add', 'x.iso', '--sha256', 'abc'], 2, '--sha256 requires --copy'],
    [['image', 'add', 'http://a.example/x.iso', '--copy'], 2, '--copy requires a local file'],
    [['image', 'add', 'x.iso', '--copy', '--sha256', 'abc'], 1, 'expected 64 hexadecimal digits'],
    [['image', 'add', 'nowhere.iso', '--copy'], 1, 'nowhere.iso cannot be read: it does not exist'],
    [['explain', 'r750', '--arch', 'x86'], 2, 'whole number'],
    [['host', 'set', 'r750', 'ip=10.0.0.300', '--mac', '52:54:00:12:34:56'], 1, 'E_BAD_INPUT'],
    [['host', 'show', 'nobody'], 1, 'E_NOT_FOUND: Host "nobody" not found.\nCheck the spelling'],
    [['host', 'add', 'r750', '--mac', '52:54:00:00:00:01'], 1, 'E_EXISTS'],
    [['host', 'list', '--api', '127.0.0.1:1'], 1, 'E_API_UNREACHABLE'],
    [['host', 'list', '--token-file', '/nonexistent'], 1, 'E_API_UNREACHABLE'],
    [['config', 'add', 'x', '--format', 'other', 'missing.txt'], 1, 'missing.txt'],
    [['restore', 'missing.db'], 1, 'E_NOT_FOUND'],
  ])('%j → %i', async (argv, code, words) => {
    const result = await run(argv);
    expect(result.err).toContain(words);
    expect(result.code).toBe(code);
    if (code === 1) expect(result.out).toBe('');
  });

  it.each([
    [['config', 'add', 'x', '--format', 'other', 'missing.txt'], 'E_FILE_MISSING: File missing.txt not found.\nCheck the path'],
    [['config', 'add', 'x', '--format', 'kickstart', '.'], 'E_FILE_UNREADABLE: . is a folder'],
    [['config', 'add', 'x', '--format', 'kickstart', 'Fedora Server.iso'], 'E_FILE_'],
    [['config', 'set', 'fedora', 'missing.cfg'], 'E_FILE_MISSING'],
    [['host', 'add', 'h', '--mac', '525400000009', '--bmc', '10.0.0.9', '--bmc-user', 'u', '--bmc-password-file', 'no'], 'E_FILE_MISSING'],
    [['image', 'add', 'missing.iso', '--copy'], 'E_IMAGE_GONE'],
    [['image', 'add', '.', '--copy', '--name', 'dot'], 'E_IMAGE_'],
    [['restore', '.'], 'E_'],
  ])('c2: a file that cannot be used is no fault of Bootbench: %j', async (argv, words) => {
    const { code, err } = await run(argv);
    expect(err).toContain(words);
    expect(err).not.toContain('E_INTERNAL');
    expect(code).toBe(1);
  });

  it('c2: what is wrong with a config’s line ends and encoding is said when it is added', async () => {
    writeFileSync(join(bench.dataDir, 'crlf.cfg'), '\u{feff}lang C\r\n%post\r\necho\r\n%end\r\n');
    const added = await run(['config', 'add', 'crlf', '--format', 'kickstart', 'crlf.cfg']);
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(added.out).toMatch(/^Added crlf with crlf\.cfg\.\n/);
    expect(added.out).toContain('crlf.cfg:1: warning: The file begins with a byte order mark');
    expect(added.out).toContain('crlf.cfg:3: error: The script of %post has lines that end in CR LF');
    const set = await run(['config', 'set', 'crlf', 'crlf.cfg', '--json']);
    expect(JSON.parse(set.out)).toMatchObject({ name: 'crlf' });
    expect(set.err).toContain('crlf.cfg:3: error:');
    await run(['config', 'remove', 'crlf']);
  });

  it('another appliance’s token is refused in words', async () => {
    writeFileSync(join(bench.dataDir, 'other-token'), 'x'.repeat(43));
    expect(await run(['status', '--token-file', 'other-token'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('E_AUTH') as string,
    });
  });
});

describe('restore', () => {
  it('refuses while an appliance holds the data directory', async () => {
    await bench.db.main.backup(join(bench.dataDir, 'good.db'));
    expect(await run(['restore', 'good.db'])).toMatchObject({ code: 1, err: expect.stringContaining('E_LOCKED') as string });
  });

  it('puts a backup in place, keeps the old database, and refuses what is no Bootbench database', async () => {
    const dataDir = mkdtempSync(join(bench.dataDir, 'second-'));
    openDb(dataDir).close();
    writeFileSync(join(bench.dataDir, 'text.db'), 'no database');
    mkdirSync(join(bench.dataDir, 'folder.db'));
    for (const bad of ['text.db', 'folder.db', 'lock.db']) {
      expect(await run(['restore', bad], { dataDir })).toMatchObject({ code: 1, err: expect.stringContaining('E_') as string });
    }
    expect(readdirSync(dataDir).filter((name) => name.includes('restor'))).toEqual([]);

    expect(await run(['restore', 'good.db'], { dataDir })).toMatchObject({ code: 0, err: '' });
    const db = openDb(dataDir);
    expect(db.main.prepare('SELECT name FROM hosts').all()).toEqual([{ name: 'r750' }]);
    db.close();
    expect(readdirSync(dataDir).some((name) => name.startsWith('bootbench.db.before-restore-'))).toBe(true);
    expect(existsSync(join(dataDir, 'bootbench.db.restoring'))).toBe(false);
  });
});
