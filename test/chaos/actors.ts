import type { Client } from '../../contract/port.ts';
import type { Job } from '../../contract/jobs.ts';
import { pause } from '../lab/process.ts';
import { actor, found, logged, type Session } from './session.ts';
import { sha256 } from './sha256.ts';
import type { WriteLog } from './write-log.ts';

/** Who writes while the program is killed. Each actor reads what it wrote last whenever the program is there again. */
export interface ActorDeps {
  readonly session: Session;
  readonly log: WriteLog;
  readonly iso: string;
  readonly isoSha256: string;
}

const EDITS_PER_NAME = 8;
const THINK_MS = 15;
export const CHAOS_IMAGE = 'chaos';

/** Configs that are added, and edited again and again. */
export function configEditor({ session, log }: ActorDeps): Promise<never> {
  let number = 0;
  let edits = 0;
  const name = (): string => `c${number}`;
  const text = (): string => `edit ${edits}\n${'x'.repeat(2000)}`;
  const read = async (client: Client): Promise<void> => {
    const config = await found(() => client.call('config.get', { name: name() }));
    log.add('read', `config/${name()}`, config ? versionIn(config.files['a.cfg']) : null);
    edits = config ? Number(versionIn(config.files['a.cfg'])) : EDITS_PER_NAME;
  };
  return actor(session, read, async (client) => {
    if (edits >= EDITS_PER_NAME) {
      number++;
      edits = 0;
      await logged(log, `config/${name()}`, '0', () =>
        client.call('config.add', { name: name(), format: 'other', files: { 'a.cfg': text() } }),
      );
    } else {
      edits++;
      await logged(log, `config/${name()}`, String(edits), () =>
        client.call('config.patch', { name: name(), patch: { files: { 'a.cfg': text() } } }),
      );
    }
    await pause(THINK_MS);
  });
}

export function versionIn(text: string | undefined): string {
  return /^edit (\d+)\n/.exec(text ?? '')?.[1] ?? 'unreadable';
}

/** Hosts that are added and changed, some of them removed. */
export function hostEditor({ session, log }: ActorDeps): Promise<never> {
  let number = 0;
  let edits = EDITS_PER_NAME;
  const name = (): string => `h${number}`;
  const read = async (client: Client): Promise<void> => {
    const host = await found(() => client.call('host.get', { name: name() }));
    log.add('read', `host/${name()}`, host ? (host.vars.edit ?? 'none') : null);
    edits = host ? Number(host.vars.edit) : EDITS_PER_NAME;
  };
  return actor(session, read, async (client) => {
    const key = `host/${name()}`;
    if (edits >= EDITS_PER_NAME) {
      if (number % 3 === 1) await logged(log, key, null, () => client.call('host.remove', { name: name() }));
      number++;
      edits = 0;
      const interfaces = [{ mac: macOf(0x10, number) }];
      await logged(log, `host/${name()}`, '0', () => client.call('host.add', { name: name(), interfaces, vars: { edit: '0' } }));
    } else {
      edits++;
      await logged(log, key, String(edits), () => client.call('host.patch', { name: name(), patch: { vars: { edit: String(edits) } } }));
    }
    await pause(THINK_MS);
  });
}

/** Imports of an ISO, one after the other; each complete one is hashed on disk, and removed. */
export function importer({ session, log, iso, isoSha256 }: ActorDeps): Promise<never> {
  let number = 0;
  const name = (): string => `i${number}`;
  const present = async (client: Client): Promise<string | null> => {
    const image = await found(() => client.call('image.get', { name: name() }));
    if (!image) return null;
    return image.source.type === 'file' && (await sha256(image.source.path)) === isoSha256 ? 'complete' : 'corrupt';
  };
  const read = async (client: Client): Promise<void> => log.add('read', `image/${name()}`, await present(client));
  return actor(session, read, async (client) => {
    if ((await present(client)) !== null) {
      await logged(log, `image/${name()}`, null, () => client.call('image.remove', { name: name() }));
      number++;
    }
    const refusal = await logged(log, `image/${name()}`, 'complete', async () => {
      const { id } = await client.call('image.import', { name: name(), path: iso });
      await client.call('image.importResult', { id });
    });
    // The import that the program itself continued after its restart.
    if (refusal !== undefined) await pause(300);
    else await read(client);
  });
}

/** Reimages that are under way at one time. */
const OPEN_JOBS = 32;

/** A reimage job for each of many hosts; every other one is cancelled at once, the others later. */
export function jobStarter({ session, log }: ActorDeps): Promise<never> {
  let number = 0;
  const open: { readonly host: string; readonly id: string }[] = [];
  const name = (): string => `j${number}`;
  const read = async (client: Client): Promise<void> => {
    const jobs = await client.call('job.list', { host: name() }).catch(() => []);
    log.add('read', `job/${name()}`, jobState(jobs), jobs.length);
  };
  const begin = async (client: Client): Promise<void> => {
    if (number > 0) await read(client);
  };
  return actor(session, begin, async (client) => {
    number++;
    const interfaces = [{ mac: macOf(0x20, number) }];
    const add = { name: name(), interfaces };
    await client.call('host.apply', { name: name(), add, assignment: { image: CHAOS_IMAGE } });
    let id = '';
    await logged(log, `job/${name()}`, 'started', async () => {
      id = (await client.call('job.start', { hosts: [name()] }))[0]?.id ?? '';
    });
    await pause(THINK_MS * 4);
    if (number % 2 === 0) await logged(log, `job/${name()}`, 'cancelled', () => client.call('job.cancel', { id }));
    else if (id !== '') open.push({ host: name(), id });
    const oldest = open.length > OPEN_JOBS ? open.shift() : undefined;
    if (oldest) await logged(log, `job/${oldest.host}`, 'cancelled', () => client.call('job.cancel', { id: oldest.id }));
    await pause(THINK_MS * 4);
  });
}

/** A job that is being cancelled is: its clean-up follows. */
export function jobState(jobs: readonly Job[]): string | null {
  const job = jobs[0];
  if (!job) return null;
  return job.state === 'cancelled' || job.ending === 'cancelled' ? 'cancelled' : 'started';
}

/** Everything that is reported: what one client has seen is an event for all, for good. */
export function eventReader({ session, log }: ActorDeps): Promise<never> {
  let since = 0;
  return actor(
    session,
    () => Promise.resolve(),
    async (client) => {
      for await (const events of client.stream('events.watch', { since })) {
        for (const { seq, type, message } of events) log.add('acked', `event/${seq}`, `${type} ${message}`);
        since = Math.max(since, ...events.map(({ seq }) => seq));
      }
      await pause(THINK_MS);
    },
  );
}

export function macOf(group: number, number: number): string {
  const hex = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');
  return `52:54:${hex(group)}:${hex(number >> 16)}:${hex(number >> 8)}:${hex(number)}`;
}
