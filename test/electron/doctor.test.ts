import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { Place, startDesktop, type Desktop } from './desktop.ts';
import { startSession, until, type Session } from './session.ts';

let session: Session;
let place: Place;
const desktops: Desktop[] = [];
beforeAll(async () => {
  session = await startSession();
});
afterAll(() => session.stop());
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  for (const desktop of desktops.splice(0)) await desktop.stop();
  place.remove();
});

async function start(...args: Parameters<typeof startDesktop>): Promise<Desktop> {
  const desktop = await startDesktop(...args);
  desktops.push(desktop);
  return desktop;
}

/** Runs `--doctor` to its end. */
async function doctor(...more: string[]): Promise<{ code: number | null; stdout: string; lines: Map<string, DoctorCheck> }> {
  const desktop = await start(session, place, { more: ['--doctor', ...more], bare: true });
  const { code } = await desktop.exited;
  const checks = more.includes('--json') ? (JSON.parse(desktop.stdout) as DoctorCheck[]) : [];
  return { code, stdout: desktop.stdout, lines: new Map(checks.map((check) => [check.id, check])) };
}

describe('--doctor', () => {
  it('prints a line for each part and exits, without a window', async () => {
    const { code, stdout } = await doctor();
    const lines = stdout.split('\n').filter((line) => /^[●▲■]/.test(line));
    expect(lines.length).toBeGreaterThan(12);
    expect(stdout).toMatch(/Electron \d+/);
    expect(code).toBe(/^■/m.test(stdout) ? 1 : 0);
  });

  it('loads every native module where the desktop uses it, starts the services, and has no keyring here', async () => {
    const { lines } = await doctor('--json');
    for (const id of ['native-better-sqlite3', 'native-koffi', 'native-serialport', 'database', 'port-http', 'services'])
      expect(lines.get(id), id).toMatchObject({ state: 'ok' });
    expect(lines.get('passwords')).toMatchObject({ state: 'warning', code: 'E_SECRETS_NOT_STORED' });
    expect(existsSync(place.data)).toBe(false);
  });

  it('encrypts a password with the keyring where there is one', async () => {
    const withKeyring = await startSession({ bus: true, desktop: 'GNOME' });
    try {
      await withKeyring.startKeyring();
      const desktop = await start(withKeyring, place, { more: ['--doctor'], bare: true });
      await desktop.exited;
      expect(desktop.stdout).toContain('● A password was encrypted and decrypted with the keyring of this desktop.');
    } finally {
      await withKeyring.stop();
    }
  });

  it('does not disturb a desktop that runs', async () => {
    const desktop = await start(session, place);
    const { lines } = await doctor('--json', `--user-data-dir=${join(place.folder, 'other')}`);
    expect(lines.get('lock')).toMatchObject({ state: 'warning', code: 'E_LOCKED' });
    await desktop.live();
  });
});

describe('--support-bundle', () => {
  it('saves a bundle and exits, without a window', async () => {
    const file = join(place.folder, 'bundle.tar.gz');
    const desktop = await start(session, place, { more: [`--support-bundle=${file}`], bare: true });
    expect(await desktop.exited).toMatchObject({ code: 0 });
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });
});

it('says what is wrong with the command line, and exits', async () => {
  const desktop = await start(session, place, { more: ['--doctor', '--dhcp', 'sometimes'], bare: true });
  expect(await desktop.exited).toMatchObject({ code: 2 });
  expect(desktop.stderr).toContain('--dhcp');
});

describe('the Help menu', () => {
  const click = (label: string): string =>
    `electron.Menu.getApplicationMenu().items.flatMap(({ submenu }) => submenu?.items ?? []).find(({ label }) => label === '${label}').click()`;

  it('checks this computer in the window, and saves a support bundle where the user says', async () => {
    const desktop = await start(session, place);
    await desktop.inMain(click('Check this computer'));
    await expect.poll(() => desktop.inPage<number>(`document.querySelectorAll('.doctor-check').length`)).toBeGreaterThan(10);
    expect(await desktop.inPage<string>(`document.querySelector('#doctor-services').textContent`)).toContain('a thread of this program');

    const file = join(place.folder, 'chosen.tar.gz');
    await desktop.inMain(`electron.dialog.showSaveDialog = async () => ({ filePath: ${JSON.stringify(file)} })`);
    await desktop.inMain(click('Save support bundle…'));
    // It runs all checks first, which takes long on a busy machine.
    await expect.poll(() => (existsSync(file) ? readFileSync(file).length : 0), { timeout: 45_000 }).toBeGreaterThan(500);
  });
});

describe('services in a utility process', () => {
  it('after a start in a thread ended the program: live, restarted when it is killed, and gone with the desktop', async () => {
    const marker = join(place.data, 'starting.json');
    const first = await start(session, place, { bare: true });
    await until('the services start in a thread', () => existsSync(marker) && readFileSync(marker, 'utf8') !== '', 20_000);
    first.kill();
    await first.exited;
    expect(existsSync(marker)).toBe(true);

    const desktop = await start(session, place);
    await expect.poll(() => place.log).toContain('in a process of their own');
    const services = (): number[] =>
      desktop.processes().flatMap(({ pid, command }) => (command.includes('node.mojom.NodeService') ? [pid] : []));
    const [pid = 0] = services();
    expect(services()).toHaveLength(1);

    process.kill(pid, 'SIGKILL');
    await expect.poll(() => services().filter((each) => each !== pid)).toHaveLength(1);
    await desktop.live();
    expect(place.log).toContain('E_THREAD_DIED');

    expect(await desktop.stop()).toMatchObject({ code: 0 });
    await desktop.gone();
  });
});
