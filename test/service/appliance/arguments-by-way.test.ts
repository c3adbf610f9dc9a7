import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../contract/appliance.ts';
import type { FinalArguments } from '../../../contract/views.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { MAC } from '../../fixtures/data-fixture.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { LAYOUTS } from '../../unit/iso/profiles/vendor-trees.ts';
import { runCommandLine } from '../management/command-line.ts';

let folder: string;
let appliance: Appliance;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'by-way-'));
  appliance = await startOnLoopback(folder);
});
afterEach(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<string> {
  const { code, out, err } = await runCommandLine(argv, { cwd: folder });
  expect([code, err], argv.join(' ')).toEqual([0, '']);
  return out;
}
const json = async <T>(...argv: string[]): Promise<T> => JSON.parse(await run(...argv, '--json')) as T;

/** A host that is assigned an ISO in a vendor's manner, with a config of his. */
async function assigned(profile: string, format: string, more: { host?: string[]; assign?: string[] } = {}): Promise<void> {
  const { volumeId, files } = LAYOUTS.find((layout) => layout.profile === profile)!;
  const tree = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text, 'latin1') }));
  const boot = { platform: 0, entries: [{ path: 'loader.bin', platform: 0, count: 4 }] };
  const iso = buildIso({ volumeId, rockRidge: true, files: [...tree, { path: 'loader.bin', bytes: Buffer.from('loader') }], boot });
  writeFileSync(join(folder, 'x.iso'), iso);
  writeFileSync(join(folder, 'answers.cfg'), 'text\n');
  await run('config', 'add', 'answers', '--format', format, join(folder, 'answers.cfg'));
  await run('image', 'add', join(folder, 'x.iso'), '--name', 'x', '--configs', 'answers');
  await run('host', 'add', 'node1', '--mac', MAC, '--ip', '127.0.0.1', ...(more.host ?? []));
  await run('assign', 'node1', '--image', 'x', '--config', 'answers', '--args', 'lab.host=node1', '--always', ...(more.assign ?? []));
}

/** The words that the medium’s own boot configuration has for the host. */
async function onMedium(): Promise<string> {
  const { url } = await json<{ url: string }>('media', 'node1', 'url');
  const text = Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1');
  return /^.*lab\.host=node1.*$/m.exec(text)?.[0] ?? '';
}
const overNetwork = async (): Promise<string> => (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}`)).text();

describe('what a host adds to the command line is told by the way in which it boots', () => {
  it('j10: without a BMC: over the network first, with its words; and what the medium of `media url` has instead', async () => {
    await assigned('fedora', 'kickstart');
    const told = await json<FinalArguments>('arguments', 'node1');
    expect(told).toMatchObject({
      way: 'netboot',
      method: 'kernel',
      problems: [],
      other: { way: 'medium', method: 'virtual-media', problems: [] },
    });
    expect(told.line).toContain('inst.stage2=http://');
    expect(told.other?.line).not.toContain('inst.stage2');
    expect(told.other?.line).toContain('lab.host=node1');
    expect(await onMedium()).not.toContain('inst.stage2=http');
    expect(await overNetwork()).toMatch(/kernel http.* inst\.stage2=http/);
    const words = await run('arguments', 'node1');
    expect(words).toMatch(/^Over the network \(kernel\):\n[\s\S]*inst\.stage2=http[\s\S]*\n\nFrom a medium \(virtual-media\):\n/);
    expect(words.slice(words.indexOf('From a medium'))).not.toContain('inst.stage2=');
  });

  it('j10: with a BMC: from its medium first', async () => {
    await assigned('fedora', 'kickstart', { host: ['--bmc', 'redfish://192.0.2.9'] });
    const told = await json<FinalArguments>('arguments', 'node1');
    expect(told).toMatchObject({ way: 'medium', other: { way: 'netboot', method: 'kernel' } });
    expect(told.line).not.toContain('inst.stage2');
  });

  it.each([
    ['kernel', 'netboot'],
    ['http-san', 'netboot'],
    ['virtual-media', 'medium'],
  ])('j10: with the method %s that one way alone', async (method, way) => {
    await assigned('fedora', 'kickstart', { assign: ['--method', method] });
    const told = await json<FinalArguments>('arguments', 'node1');
    expect(told).toMatchObject({ way, method });
    expect(told.other).toBeUndefined();
  });

  it('j10: what cannot be netbooted is started from its medium, and that is said', async () => {
    await assigned('debian', 'preseed');
    const told = await json<FinalArguments>('arguments', 'node1');
    expect(told).toMatchObject({ way: 'medium', problems: [], other: { way: 'netboot' } });
    expect(told.other?.problems).toEqual([expect.stringContaining('cannot be booted over the network')]);
    expect(await onMedium()).toContain(told.line.split(' ')[0]);
  });

  it('j10: explain names the way too, and the words of the other one', async () => {
    await assigned('fedora', 'kickstart');
    const { steps } = await json<Explanation>('explain', 'node1');
    const step = steps.find(({ stage }) => stage === 'arguments');
    expect(step?.message).toContain('inst.stage2=http');
    expect(step?.reasons[0]).toContain('over the network');
    expect(step?.reasons.at(-1)).toMatch(/^From a medium \(virtual-media\): (?!.*inst\.stage2).*lab\.host=node1\.$/);
  });
});
