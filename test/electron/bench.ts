import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { connect, type Client, type Port } from '../../contract/port.ts';
import { Place, startDesktop, type Desktop, type StartOptions } from './desktop.ts';
import { giveToUser, startSession, type Session, type SessionOptions } from './session.ts';
import { PROJECT } from './stage.ts';

/** Pictures of the real window, for people to look at. */
export const PICTURES = join(PROJECT, 'test/output/electron');

/** What a test file works with: one desktop session, and everything that was started in it, ended after its tests. */
export interface Bench {
  readonly session: Session;
  place(): Place;
  start(place: Place, options?: StartOptions): Promise<Desktop>;
}

export function useBench(options: SessionOptions = {}): Bench {
  let session: Session | undefined;
  const places: Place[] = [];
  const desktops: Desktop[] = [];
  beforeAll(async () => {
    session = await startSession(options);
    mkdirSync(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    for (const desktop of desktops) desktop.kill();
    await Promise.all(desktops.map(({ exited }) => exited));
    await session?.stop();
    for (const place of places) place.remove();
  });
  const current = (): Session => {
    if (!session) throw new Error('The session starts with the tests.');
    return session;
  };
  return {
    get session() {
      return current();
    },
    place() {
      const place = new Place();
      places.push(place);
      return place;
    },
    start: (place, startOptions) => startDesktop(current(), place, { ...startOptions, onStart: (desktop) => desktops.push(desktop) }),
  };
}

/** A small ISO image in `folder`. */
export function makeIso(folder: string, name: string): string {
  const content = join(folder, `${name}-content`);
  mkdirSync(content);
  writeFileSync(join(content, 'readme.txt'), `${name}\n`);
  const file = join(folder, name);
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'TEST', '-o', file, content], { stdio: 'ignore' });
  giveToUser(file);
  return file;
}

/** The appliance's procedures over its WebSocket, beside the page's own connection. */
export async function clientOf(place: Place): Promise<Client> {
  const { url, tokenFile } = JSON.parse(readFileSync(join(place.data, 'api.json'), 'utf8')) as Record<'url' | 'tokenFile', string>;
  const token = readFileSync(tokenFile, 'utf8').trim();
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, ['bootbench.v1', `bearer.${token}`]);
  const port: Port = {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)))),
    onClose: (listener) => socket.addEventListener('close', listener),
    close: () => socket.close(),
  };
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('close', () => reject(new Error('The appliance refused the connection.')));
  });
  return connect(port);
}
