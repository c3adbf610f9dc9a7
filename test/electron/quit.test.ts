import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientOf, makeIso, PICTURES, useBench } from './bench.ts';
import type { Desktop, Exit, Place } from './desktop.ts';
import { endOf, hasStopped, MAX_END_MS } from './end.ts';
import { pause, until } from './session.ts';

const bench = useBench();
const DONE: Exit = { code: 0, signal: null };

async function stopByClient(place: Place): Promise<void> {
  const client = await clientOf(place);
  await client.call('appliance.stop');
  client.close();
}

describe('a running desktop ends with 0, its services stopped and no process left', () => {
  it.each<[string, (desktop: Desktop, place: Place) => void]>([
    ['by SIGTERM', (desktop) => desktop.signal('SIGTERM')],
    ['by SIGINT', (desktop) => desktop.signal('SIGINT')],
    ['by SIGHUP', (desktop) => desktop.signal('SIGHUP')],
    ['by `bootbench stop`', (_desktop, place) => void stopByClient(place)],
    ['by SIGTERM twice', (desktop) => ['SIGTERM', 'SIGTERM'].forEach(() => desktop.signal('SIGTERM'))],
    ['by the window’s button', (desktop) => desktop.closeWindow()],
    ['by Ctrl+Q', (desktop) => desktop.press('ctrl+q')],
    ['by Ctrl+Q twice', (desktop) => desktop.press('ctrl+q', 'ctrl+q')],
    ['by Ctrl+W', (desktop) => desktop.press('ctrl+w')],
  ])('%s', async (_name, quit) => {
    const place = bench.place();
    const desktop = await bench.start(place);
    expect(hasStopped(place)).toBe(false);
    const { ms, ...exit } = await endOf(desktop, () => quit(desktop, place));
    expect(exit).toEqual(DONE);
    expect(hasStopped(place)).toBe(true);
    expect(ms).toBeLessThan(MAX_END_MS);
  });

  it('after 5 s, where its services hang', async ({ skip }) => {
    const place = bench.place();
    const desktop = await bench.start(place);
    const worker = desktop.workerProcess;
    if (worker === undefined) return skip('The services are a thread here.');
    process.kill(worker, 'SIGSTOP');
    desktop.dropPage();
    const started = Date.now();
    desktop.signal('SIGTERM');
    expect(await desktop.exited).toEqual(DONE);
    expect(Date.now() - started).toBeGreaterThan(4500);
    expect(Date.now() - started).toBeLessThan(5000 + MAX_END_MS);
    // The thread's process of the compatibility build; a thread would have ended with the program.
    process.kill(worker, 'SIGCONT');
    await desktop.gone();
  });
});

describe('during a job', () => {
  it('asks; Escape keeps it running, and a signal ends it without a question', async () => {
    const place = bench.place();
    const desktop = await bench.start(place);
    const client = await clientOf(place);
    await client.call('host.add', { name: 'r750-03', interfaces: [{ mac: '52:54:00:88:00:02' }] });
    const iso = await client.call('image.import', { name: 'lab', path: makeIso(place.folder, 'lab.iso') });
    await client.call('image.importResult', { id: iso.id });
    await client.call('host.assign', { host: 'r750-03', assignment: { image: 'lab' } });
    const [job] = await client.call('job.start', { hosts: ['r750-03'] });
    client.close();
    expect(job?.host).toBe('r750-03');
    desktop.press('ctrl+q');
    await until('the question is open', () => desktop.windows().length === 2);
    await pause(300);
    bench.session.picture(join(PICTURES, 'box-quit.png'));
    bench.session.x('xdotool', 'key', 'Escape');
    await until('the question is closed', () => desktop.windows().length === 1);
    await desktop.live();
    desktop.press('ctrl+w');
    await until('the question is open again', () => desktop.windows().length === 2);
    const { ms, ...exit } = await endOf(desktop, () => desktop.signal('SIGTERM'));
    expect(exit).toEqual(DONE);
    expect(ms).toBeLessThan(MAX_END_MS);
    expect(hasStopped(place)).toBe(true);
  });
});
