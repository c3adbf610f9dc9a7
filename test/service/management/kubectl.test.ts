import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { CACHE } from '../../lab/cache.ts';
import { run, Running } from '../../lab/process.ts';

// Debian's package, unpacked by scripts/setup-lab.mjs; where the whole is tested it must be there.
const KUBECTL = join(CACHE, 'kubernetes-client/usr/bin/kubectl');
const mustHave = process.env.CI !== undefined && existsSync('/etc/debian_version') && process.getuid?.() === 0;
const hasKubectl = mustHave || existsSync(KUBECTL);

const MANIFEST = `
apiVersion: v1
kind: BootConfig
metadata: {name: coreos-builder}
spec:
  format: ignition
  data: {config.ign: '{}'}
---
apiVersion: v1
kind: ISCSICdrom
metadata: {name: coreos-live}
spec: {isoFile: coreos-live.iso, readOnly: true, bootConfigs: [coreos-builder]}
---
apiVersion: v1
kind: ISCSICdrom
metadata: {name: plain}
spec: {isoFile: plain.iso, readOnly: true}
---
apiVersion: v1
kind: BareMetalHost
metadata: {name: server1, namespace: default}
spec:
  bootMACAddress: "AC:1F:6B:8A:A7:9C"
  ip: "192.168.10.10"
  image: coreos-live
  bootConfigRef: coreos-builder
  bmc: {address: 192.168.11.10, username: ADMIN}
`;
const CREATED = [
  'bootconfig/coreos-builder created',
  'iscsicdrom/coreos-live created',
  'iscsicdrom/plain created',
  'baremetalhost/server1 created',
];

let bench: ManagementServer;
let folder: string;
let manifest: string;
beforeAll(async () => {
  bench = await startManagementServer();
  folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  manifest = file('manifest.yaml', MANIFEST);
});
afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The words of a command for this server and no other: without `--server` kubectl would look for a cluster elsewhere. */
function command(args: readonly string[], token = bench.token): string[] {
  const server = new URL(bench.management.url);
  expect(server.hostname).toBe('127.0.0.1');
  return [KUBECTL, '--server', `http://:${token}@${server.host}`, '--cache-dir', join(folder, 'cache'), ...args];
}

const env = (): Record<string, string> => ({ KUBECONFIG: '/dev/null', HOME: folder });

async function kubectl(...args: readonly string[]): Promise<{ code: number; out: string[]; err: string }> {
  const { code, stdout, stderr } = await run(command(args), { env: env(), timeoutMs: 20_000 });
  return { code, out: stdout.split('\n').slice(0, -1), err: stderr.trimEnd() };
}

/** It must succeed without a word on standard error. */
async function quiet(...args: readonly string[]): Promise<string[]> {
  const { code, out, err } = await kubectl(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** A table's rows, by the columns' widths. */
const cells = (rows: readonly string[]): string[][] => rows.map((row) => row.split(/ {2,}/).map((cell) => cell.trim()));

/** Patches server1. */
const patchHost = (type: 'merge' | 'json' | 'strategic', change: unknown): ReturnType<typeof kubectl> =>
  kubectl('patch', 'bmh', 'server1', '--type', type, '-p', JSON.stringify(change));

/** The rows of a watch without their age, from its header on. */
function watchRows(watch: Running): string[] {
  return watch.lines.map(({ text }) => text.replace(/ +\S+$/, '').replaceAll(/ {2,}/g, ' '));
}

describe.runIf(hasKubectl)('Debian’s kubectl', () => {
  it('tells the versions and the kinds', async () => {
    expect((await quiet('version', '--short')).at(-1)).toBe('Server Version: v0.1.0');
    const kinds = cells(await quiet('api-resources', '--no-headers')).map(([name, ...rest]) => [name, rest.at(-1)]);
    expect(kinds).toEqual([
      ['baremetalhosts', 'BareMetalHost'],
      ['bootconfigs', 'BootConfig'],
      ['iscsi-cdroms', 'ISCSICdrom'],
      ['jobs', 'Job'],
    ]);
  });

  it('refused: says so without the token, and with another one', async () => {
    const wrong = await run(command(['get', 'bmh'], 'wrong'), { env: env() });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Invalid token.') as string });
    const none = await run(command(['get', 'bmh'], ''), { env: env() });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('token') as string });
  });

  it('rehearses, creates, and does not create twice', async () => {
    expect((await kubectl('create', '-f', manifest, '--dry-run=server')).out[0]).toBe('bootconfig/coreos-builder created (server dry run)');
    expect(bench.inventory.listConfigs()).toEqual([]);
    expect(await quiet('create', '-f', manifest)).toEqual(CREATED);
    const again = await kubectl('create', '-f', manifest);
    expect(again.code).toBe(1);
    expect(again.err.split('\n')[0]).toMatch(/^Error from server \(AlreadyExists\): .*Config "coreos-builder" already exists\. /);
  });

  it('lists as tables, under each name of a kind', async () => {
    for (const name of ['baremetalhosts', 'baremetalhost', 'bmh', 'BareMetalHost'])
      expect(cells(await quiet('get', name))).toEqual([
        ['NAME', 'MAC', 'IP', 'IMAGE', 'CONFIG', 'STATE', 'AGE'],
        ['server1', 'AC:1F:6B:8A:A7:9C', '192.168.10.10', 'coreos-live', 'coreos-builder', 'armed', expect.stringMatching(/^\d+s$/)],
      ]);
    for (const name of ['iscsi-cdroms', 'iscsicdroms', 'iscsicdrom', 'cdrom', 'ISCSICdrom'])
      expect(cells(await quiet('get', name, '--no-headers')).map(([first]) => first)).toEqual(['coreos-live', 'plain']);
    expect((await quiet('get', 'bmh', '-o', 'wide'))[0]).toContain('BMC');
    const names = cells(await quiet('get', 'bmh,cdrom,bc', '-A', '--no-headers')).map(([, name]) => name);
    expect(names.filter(Boolean)).toEqual([
      'baremetalhost/server1',
      'iscsicdrom/coreos-live',
      'iscsicdrom/plain',
      'bootconfig/coreos-builder',
    ]);
  });

  it('selects by name, and prints the refusal of other selectors', async () => {
    expect(await quiet('get', 'cdrom', '--field-selector', 'metadata.name=plain', '-o', 'name')).toEqual(['iscsicdrom/plain']);
    expect((await kubectl('get', 'bmh', '--field-selector', 'spec.image=x')).err).toContain('"spec.image=x" is not supported');
    expect((await kubectl('get', 'bmh', '-l', 'a=b')).err).toContain('labelSelector is not supported');
    expect((await kubectl('get', 'bmh', 'nobody')).err).toMatch(/^Error from server \(NotFound\): Host "nobody" not found\. /);
  });

  it('prints objects as YAML, and describes them', async () => {
    const yaml = await quiet('get', 'baremetalhosts', 'server1', '-o', 'yaml');
    expect(yaml.slice(0, 2)).toEqual(['apiVersion: v1', 'kind: BareMetalHost']);
    expect(yaml).toContain('  image: coreos-live');
    const described = await quiet('describe', 'bmh', 'server1');
    expect(described[0]).toMatch(/^Name: +server1$/);
    expect(described.join('\n')).toMatch(/Boot Config Ref: +coreos-builder/);
  });

  it('applies: the annotation is not stored, so each time it warns; a manifest that changes nothing makes no change', async () => {
    const before = bench.db.lastSeq();
    for (const _ of [1, 2]) {
      const { code, out, err } = await kubectl('apply', '-f', manifest);
      expect([code, out]).toEqual([0, CREATED.map((line) => line.replace('created', 'configured'))]);
      const warnings = err.split('\n');
      expect(warnings).toHaveLength(4);
      for (const each of warnings) expect(each).toMatch(/^Warning: .* is missing the kubectl\.kubernetes\.io\/last-applied-configuration/);
    }
    expect(bench.db.lastSeq()).toBe(before);
    expect(await kubectl('diff', '-f', manifest)).toMatchObject({ code: 0, out: [] });

    const changed = file('changed.yaml', MANIFEST.replace('192.168.10.10', '192.168.10.11'));
    const diff = await kubectl('diff', '-f', changed);
    expect(diff.code).toBe(1);
    expect(diff.out).toContain('+  ip: 192.168.10.11');
    expect((await kubectl('apply', '-f', changed, '--dry-run=server')).out.at(-1)).toBe(
      'baremetalhost/server1 configured (server dry run)',
    );
    expect(bench.db.lastSeq()).toBe(before);
    await kubectl('apply', '-f', changed);
    expect(bench.inventory.getHost('server1').interfaces[0]?.ip).toBe('192.168.10.11');
    expect((await kubectl('apply', '-f', manifest, '--server-side')).err).toContain('Server-side apply is not supported');
  });

  it('replaces what is still the same, and nothing else', async () => {
    const text = (await quiet('get', 'bmh', 'server1', '-o', 'yaml')).join('\n');
    const read = file('read.yaml', text.replaceAll('192.168.10.11', '192.168.10.12'));
    expect(await quiet('replace', '-f', read)).toEqual(['baremetalhost/server1 replaced']);
    const again = await kubectl('replace', '-f', read);
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/^Error from server \(Conflict\): /)]);
    expect(bench.inventory.getHost('server1').interfaces[0]?.ip).toBe('192.168.10.12');
  });

  it('patches in three ways, and warns of labels', async () => {
    const patched = { code: 0, out: ['baremetalhost/server1 patched'], err: '' };
    expect(await patchHost('strategic', { spec: { vars: { a: 'b' } } })).toEqual(patched);
    expect(await patchHost('merge', { spec: { hostname: 'srv1' } })).toEqual(patched);
    expect(await patchHost('json', [{ op: 'replace', path: '/spec/ip', value: '192.168.10.13' }])).toEqual(patched);
    expect(bench.inventory.getHost('server1')).toMatchObject({ vars: { a: 'b' }, interfaces: [{ hostname: 'srv1', ip: '192.168.10.13' }] });
    expect((await kubectl('label', 'bmh', 'server1', 'a=b')).err).toBe('Warning: metadata.labels and metadata.annotations are not stored');
  });

  it('edits', async () => {
    const editor = file('editor.sh', 'sed -i "s/192.168.10.13/192.168.10.14/" "$1"\n');
    const edited = await run(command(['edit', 'bmh', 'server1']), { env: { ...env(), KUBE_EDITOR: `sh ${editor}` } });
    expect(edited).toEqual({ code: 0, stdout: 'baremetalhost/server1 edited\n', stderr: '' });
    expect(bench.inventory.getHost('server1').interfaces[0]?.ip).toBe('192.168.10.14');
  });

  it('prints warnings and refusals as sentences', async () => {
    const cleared = await patchHost('merge', { spec: { image: 'plain' } });
    expect([cleared.code, cleared.err]).toEqual([0, expect.stringMatching(/^Warning: Config "coreos-builder" was cleared: Image plain /)]);
    expect((await patchHost('merge', { spec: { bootConfigRef: 'coreos-builder' } })).err).toMatch(
      /^The baremetalhosts "server1" is invalid: spec: Image plain has no compatible configs, .*\. Choose a compatible config, /,
    );
    expect((await patchHost('merge', { spec: { ip: 'nonsense' } })).err).toMatch(
      /^Error from server \(BadRequest\): spec\.ip: [^.]*IPv4 address[^\n]*\. Correct the named field and try again\.$/,
    );
    expect((await kubectl('patch', 'cdrom', 'plain', '--type', 'merge', '-p', '{"spec":{"readOnly":false}}')).err).toMatch(
      /^The iscsi-cdroms "plain" is invalid: spec: Image plain cannot be writable, /,
    );
    const unknown = file('unknown.yaml', MANIFEST.split('---')[0]!.replace('coreos-builder', 'odd').replace('spec:', 'spec:\n  odd: 1'));
    expect((await kubectl('create', '-f', unknown)).err).toBe('Warning: spec.odd is unknown and was ignored');
    await quiet('delete', '-f', unknown);
  });

  it('watches, each change once', async () => {
    await using hosts = new Running(command(['get', 'baremetalhosts', '-w', '--output-watch-events']), { env: env() });
    await using configs = new Running(command(['get', 'bootconfigs', '-w']), { env: env() });
    await Promise.all([hosts.waitFor(/^ADDED +server1/), configs.waitFor(/^coreos-builder/)]);
    const config = file('config.yaml', MANIFEST.split('---')[0]!.replace('coreos-builder', 'watched'));
    await quiet('create', '-f', config);
    await quiet('patch', 'bc', 'watched', '--type', 'merge', '-p', '{"spec":{"format":"other"}}');
    await quiet('delete', 'bc', 'watched');
    await quiet('delete', 'bmh', 'server1');
    await hosts.waitFor(/^DELETED/);
    await expect
      .poll(() => watchRows(configs))
      .toEqual([
        'NAME FORMAT FILES',
        'coreos-builder ignition config.ign',
        'watched ignition config.ign',
        'watched other config.ign',
        'watched other config.ign',
      ]);
    expect(watchRows(hosts).map((row) => row.split(' ').slice(0, 2))).toEqual([
      ['EVENT', 'NAME'],
      ['ADDED', 'server1'],
      ['DELETED', 'server1'],
    ]);
  });

  it('deletes; a rehearsal leaves it, and what is in use stays', async () => {
    await quiet('create', '-f', file('host.yaml', MANIFEST.split('---')[3]!));
    expect((await kubectl('delete', 'bc', 'coreos-builder')).err).toMatch(/^Error from server \(Conflict\): .*assigned to server1/);
    expect(await quiet('delete', 'bmh', 'server1', '--dry-run=server')).toEqual(['baremetalhost "server1" deleted (server dry run)']);
    expect(bench.inventory.getHost('server1').name).toBe('server1');
    expect(await quiet('delete', 'bmh', 'server1')).toEqual(['baremetalhost "server1" deleted']);
    await quiet('delete', 'bc,cdrom', '--all');
    expect((await kubectl('get', 'bmh,bc,cdrom')).err).toBe('No resources found in default namespace.');
  });
});
