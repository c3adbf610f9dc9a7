import { describe, expect, it } from 'vitest';
import { Settings, type NewEvent } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { openRuntimeSettings, type RuntimeSettingsStore } from '../../../main-services/settings/runtime-settings.ts';

interface Bench {
  readonly room: RuntimeSettingsStore;
  readonly events: NewEvent[];
  readonly stored: () => string | undefined;
  /** The program, or only its thread, starts again over the same database. */
  again(base?: Partial<Settings>, isRestart?: boolean): Bench;
}

function bench(base: Partial<Settings> = {}, values = new Map<string, string>(), isRestart = false): Bench {
  const events: NewEvent[] = [];
  const room = openRuntimeSettings({
    base: Settings.parse({ dataDir: '/d', bootFilesDir: '/b', uiDir: '/u', ...base }),
    store: { get: (key) => values.get(key), set: (key, value) => void values.set(key, value) },
    activity: { record: (event) => (events.push(event), { data: {}, ...event, seq: 1, at: 1 }) },
    log: silentLog,
    checkOverrides: (text) => {
      if (text.includes('gone')) throw new BootbenchError('E_OVERRIDE_SYNTAX', 'gone is not a file');
    },
    isRestart,
  });
  return { room, events, stored: () => values.get('runtime-settings'), again: (more = base, born = false) => bench(more, values, born) };
}

describe('settings that change while it runs', () => {
  it('are one object for everybody, changed in place, and what is not theirs stays', () => {
    const { room } = bench({ httpPort: 8080 });
    const { live } = room;
    expect(room.change({ dhcp: 'proxy', leaseTime: 600 })).toEqual(['dhcp', 'leaseTime']);
    expect(live).toMatchObject({ dhcp: 'proxy', leaseTime: 600, httpPort: 8080 });
    expect(room.current()).not.toHaveProperty('httpPort');
  });

  it('are there after a restart', () => {
    const first = bench();
    first.room.change({ dhcp: 'auto', pool: ['10.0.0.5', '10.0.0.9'], dns: ['1.1.1.1'] });
    expect(first.again().room.current()).toMatchObject({ dhcp: 'auto', pool: ['10.0.0.5', '10.0.0.9'], dns: ['1.1.1.1'] });
  });

  it('null puts the default back, and that is there after a restart too', () => {
    const first = bench({ router: '10.0.0.1', dhcp: 'auto' });
    first.room.change({ router: '10.0.0.2', dhcp: 'proxy' });
    first.room.change({ router: null, dhcp: null });
    expect(first.room.live.router).toBeUndefined();
    expect(first.again().room.current()).toMatchObject({ dhcp: 'full' });
    expect(first.again().room.live.router).toBeUndefined();
  });

  it.each([
    ['a flag of this command line wins over what was stored', { dhcp: 'off', given: ['dhcp'] }, 'off'],
    ['a value that is only the default does not', { dhcp: 'full', given: ['nic'] }, 'proxy'],
  ] as const)('%s', (_name, base, expected) => {
    const first = bench();
    first.room.change({ dhcp: 'proxy' });
    expect(first.again({ ...base, given: [...base.given] }).room.live.dhcp).toBe(expected);
  });

  it('a flag wins for its run only, and a change is newer than it even when the thread dies', () => {
    const base = { dhcp: 'off', given: ['dhcp'] } as Partial<Settings>;
    const first = bench();
    first.room.change({ dhcp: 'proxy' });
    const second = first.again(base);
    expect(second.again(base, true).room.live.dhcp).toBe('off');
    second.room.change({ dhcp: 'auto' });
    expect(second.room.live.dhcp).toBe('auto');
    expect(second.again(base, true).room.live.dhcp).toBe('auto');
    expect(second.again(base).room.live.dhcp).toBe('off');
    expect(second.again({}).room.live.dhcp).toBe('auto');
  });

  it.each([
    [{ dhcp: 'sometimes' }, 'E_BAD_INPUT', /^dhcp: /],
    [{ pool: ['10.0.0.5'] }, 'E_BAD_INPUT', /^pool/],
    [{ dns: ['1.1.1.1', 'x'] }, 'E_BAD_INPUT', /^dns\.1: /],
    [{ leaseTime: 5 }, 'E_BAD_INPUT', /^leaseTime: /],
    [{ httpPort: 1 }, 'E_BAD_INPUT', /^httpPort: .*leaseTime/],
    [{ constructor: 1 }, 'E_BAD_INPUT', /^constructor: /],
    [{ confirmDhcp: true }, 'E_BAD_INPUT', /^confirmDhcp: choose/],
    [{ ipxeOverrideArchMapping: '7=gone' }, 'E_OVERRIDE_SYNTAX', /gone/],
  ])('refuses %j and keeps nothing of it', (patch, code, sentence) => {
    const { room, stored, events } = bench();
    const before = stored();
    const refused = (): unknown => room.change({ unknown: 'wait', ...patch });
    expect(refused).toThrow(expect.objectContaining({ code, message: expect.stringMatching(sentence) as string }) as Error);
    expect(room.live.unknown).toBe('ignore');
    expect(stored()).toBe(before);
    expect(events).toEqual([]);
    room.change({ leaseTime: 600 });
    expect(room.live.unknown).toBe('ignore');
  });

  it('tells in a sentence, and nothing when nothing is new', () => {
    const { room, events } = bench();
    room.change({ dhcp: 'proxy', pool: ['10.0.0.5', '10.0.0.9'], unknown: 'wait' });
    expect(room.change({ dhcp: 'proxy' })).toEqual([]);
    expect(events.map(({ type, message: text }) => [type, text])).toEqual([
      ['settings.changed', 'Settings changed: DHCP mode proxy, pool 10.0.0.5 to 10.0.0.9, unknown machines: wait.'],
    ]);
  });

  it('a stored override whose file left the catalogue does not stop the start', () => {
    const values = new Map([['runtime-settings', JSON.stringify({ values: { ipxeOverrideArchMapping: '7=gone', dhcp: 'proxy' } })]]);
    expect(bench({}, values).room.current()).toMatchObject({ ipxeOverrideArchMapping: '', dhcp: 'proxy' });
  });

  it.each(['{', '{"values":{"dhcp":"never","leaseTime":"long"}}', '[]', 'null'])(
    'a database that holds %s is read as far as it makes sense',
    (text) => {
      expect(bench({}, new Map([['runtime-settings', text]])).room.current()).toMatchObject({ dhcp: 'full', leaseTime: 3600 });
    },
  );
});

describe('the confirmation of full DHCP', () => {
  it('is for the port that it was given on, and comes back with it', () => {
    const { room, again } = bench();
    room.nicChosen('lab0');
    expect(room.change({ confirmDhcp: true })).toEqual(['confirmDhcp']);
    room.nicChosen('office0');
    expect(room.live.confirmDhcp).toBe(false);
    room.nicChosen('lab0');
    expect(room.live.confirmDhcp).toBe(true);
    const next = again().room;
    expect(next.confirmedOn('lab0')).toBe(true);
    expect(next.confirmedOn('office0')).toBe(false);
  });

  it('given for another port changes nothing where the services are, and is told', () => {
    const { room, events } = bench();
    room.nicChosen('office0');
    expect(room.change({ confirmDhcp: true }, 'lab0')).toEqual([]);
    expect(room.live.confirmDhcp).toBe(false);
    expect(room.confirmedOn('lab0')).toBe(true);
    expect(events.map(({ message: text }) => text)).toEqual(['Settings changed: full DHCP on lab0 confirmed.']);
  });

  it('as a flag holds on any port until it is taken back', () => {
    const { room } = bench({ confirmDhcp: true, given: ['confirmDhcp'] });
    room.nicChosen('lab0');
    expect(room.live.confirmDhcp).toBe(true);
    room.change({ confirmDhcp: false });
    expect(room.live.confirmDhcp).toBe(false);
  });
});
