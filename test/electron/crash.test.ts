import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientOf, PICTURES, useBench } from './bench.ts';
import { startAgain, type Desktop, type Place } from './desktop.ts';
import { MAX_END_MS } from './end.ts';
import { pause, until } from './session.ts';

const bench = useBench();
/** After so many crashes within a minute the page is not loaded again. */
const MOST_CRASHES = 3;

async function crash(desktop: Desktop): Promise<void> {
  const renderer = await until('there is a page', () => desktop.renderer);
  process.kill(renderer, 'SIGKILL');
  desktop.dropPage();
  await until('the page is gone', () => desktop.renderer !== renderer);
}

async function crashForGood(): Promise<{ place: Place; desktop: Desktop }> {
  const place = bench.place();
  const desktop = await bench.start(place);
  for (let count = 0; count < MOST_CRASHES; count++) {
    await crash(desktop);
    await desktop.live();
  }
  await crash(desktop);
  await until('the box is open', () => desktop.windows().length === 2);
  return { place, desktop };
}

describe('a page that crashes', () => {
  it('is loaded again three times, with live data; then a box offers ways, and the services keep running', async () => {
    const { place, desktop } = await crashForGood();
    await pause(300);
    bench.session.picture(join(PICTURES, 'box-crashes.png'));
    const client = await clientOf(place);
    await client.call('host.add', { name: 'r750-03', interfaces: [{ mac: '52:54:00:88:00:02' }] });
    client.close();
    await pause(500);
    // A port that a crashed page had kept would complain of every message.
    expect(desktop.stderr).not.toContain('Render frame was disposed');
    expect(place.log.match(/the window crashed/g)).toHaveLength(4);
    // Reload is the box's first button.
    const box = desktop.windows().find(({ title }) => title !== 'Bootbench') ?? desktop.windows()[1];
    bench.session.x('xdotool', 'windowactivate', '--sync', box?.id ?? '');
    bench.session.x('xdotool', 'key', 'Return');
    await desktop.live();
    await until('the host is in the page', () =>
      desktop.inPage<boolean>(`(location.hash = '#/hosts', document.body.innerText.includes('r750-03'))`),
    );
  });

  it('does not keep the program from ending with the box open', async () => {
    const { desktop } = await crashForGood();
    desktop.signal('SIGTERM');
    const started = Date.now();
    expect(await desktop.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - started).toBeLessThan(MAX_END_MS);
    await desktop.gone();
  });

  it('does not keep a second start waiting with the box open', async () => {
    const { place, desktop } = await crashForGood();
    expect(await Promise.race([startAgain(bench.session, place, []), pause(MAX_END_MS).then(() => 'waits')])).toBe(0);
    await desktop.live();
  });
});
