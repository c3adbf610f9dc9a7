import type { BenchEvent } from '../../contract/appliance.ts';
import type { ConsoleStatus, ConsoleTrigger, SerialPortInfo } from '../../contract/console.ts';
import { parseConsoleUrl, type ConsoleUrl } from '../../contract/console-url.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Consoles } from './consoles.ts';
import { untilUsable } from './serial/until-usable.ts';
import { bootSign, nextBoot, POST_MS, type Boot } from './session/boots.ts';
import * as sentences from './session/sentences.ts';
import { Session, type SessionTarget } from './session/session.ts';
import type { Transcripts } from './transcript/transcript.ts';
import type { OpenTransport } from './transport.ts';
import type { CreateMatcher } from './triggers/matcher.ts';

export interface ConsolesDeps {
  readonly inventory: Pick<Inventory, 'listHosts' | 'getHost' | 'findByMac'>;
  /** Called with the name of each host that was added, changed or removed. */
  readonly onHostChanged: (listener: (name: string) => void) => () => void;
  readonly activity: Pick<Activity, 'record' | 'subscribe' | 'history'>;
  readonly jobUnderWay: (host: string) => boolean;
  readonly openTransport: (url: ConsoleUrl, host: Host) => OpenTransport;
  readonly transcripts: Transcripts;
  readonly createMatcher: CreateMatcher;
  /** Those of the profile of the host's image. */
  readonly profileTriggers: (host: Host) => readonly ConsoleTrigger[];
  /** Pins the SSH host key that was refused last, or the one that is named. E_CONSOLE_HOST_KEY when none was. */
  readonly acceptHostKey: (host: Host, fingerprint: string | undefined) => void;
  readonly listPorts: () => Promise<SerialPortInfo[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Consoles with a lifecycle: nothing is opened before `start`. */
export interface OpenConsoles extends Consoles {
  start(): void;
  /** Closes every connection, then every transcript. */
  close(): Promise<void>;
}

/** Events in which signs of the last boots are searched at the start. */
const MAX_HISTORY = 5000;

export function openConsoles(deps: ConsolesDeps): OpenConsoles {
  return new ConsoleService(deps);
}

class ConsoleService implements OpenConsoles {
  readonly #deps: ConsolesDeps;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(status: ConsoleStatus) => void>();
  /** Sessions that are being closed, and transcripts that are being removed, by host. */
  readonly #closing = new Map<string, Promise<void>>();
  #unsubscribe: (() => void)[] = [];
  #boots: ReadonlyMap<string, Boot> = new Map();
  #isRunning = false;

  constructor(deps: ConsolesDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { inventory, activity, onHostChanged } = this.#deps;
    this.#isRunning = true;
    this.#boots = this.#recentBoots();
    this.#unsubscribe = [activity.subscribe((event) => this.#event(event)), onHostChanged((name) => this.#hostChanged(name))];
    for (const { name } of inventory.listHosts()) this.#hostChanged(name);
  }

  async close(): Promise<void> {
    this.#isRunning = false;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const sessions = [...this.#sessions.values()];
    await Promise.all([...sessions.map((session) => session.close()), ...this.#closing.values()]);
    this.#sessions.clear();
    await this.#deps.transcripts.close();
  }

  list(): ConsoleStatus[] {
    return [...this.#sessions.values()].map((session) => session.status());
  }

  subscribe(listener: (status: ConsoleStatus) => void): () => void {
    for (const status of this.list()) listener(status);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  view: Consoles['view'] = (host, viewer, from, listener) => this.#session(host).view(viewer, from, listener);

  reconnect: Consoles['reconnect'] = (host, options) => this.#session(host).reconnect(options);

  write: Consoles['write'] = async (host, viewer, bytes) => this.#session(host).input.write(viewer, bytes);

  takeKeyboard: Consoles['takeKeyboard'] = (host, viewer, options) => this.#session(host).input.take(viewer, options);

  releaseKeyboard: Consoles['releaseKeyboard'] = (host, { id }) => this.#session(host).input.release(id);

  sendBreak: Consoles['sendBreak'] = async (host, viewer) => this.#session(host).sendBreak(viewer);

  setBaud: Consoles['setBaud'] = async (host, viewer, baud) => this.#session(host).setBaud(viewer, baud);

  setModemLines: Consoles['setModemLines'] = async (host, viewer, lines) => this.#session(host).setModemLines(viewer, lines);

  accountChanged: Consoles['accountChanged'] = (host) => this.#sessions.get(host)?.accountChanged();

  acceptHostKey: Consoles['acceptHostKey'] = (host, fingerprint) => {
    const session = this.#session(host);
    this.#deps.acceptHostKey(this.#deps.inventory.getHost(host), fingerprint);
    session.reconnect({ takeOver: false });
  };

  transcripts: Consoles['transcripts'] = async (host) => this.#deps.transcripts.list(this.#known(host));

  read: Consoles['read'] = async (host, transcript, offset, limit) =>
    this.#deps.transcripts.read(this.#known(host), transcript, offset, limit);

  offsetAt: Consoles['offsetAt'] = async (host, at) => this.#deps.transcripts.offsetAt(this.#known(host), at);

  search: Consoles['search'] = async (host, text, options) => this.#deps.transcripts.search(this.#known(host), text, options);

  export: Consoles['export'] = (host, transcript, format, signal) =>
    this.#deps.transcripts.export(this.#known(host), transcript, format, signal);

  triggers: Consoles['triggers'] = (host) => this.#triggersOf(this.#deps.inventory.getHost(host));

  ports: Consoles['ports'] = async () => {
    const hosts = new Map(this.#deps.inventory.listHosts().map((host) => [serialPathOf(host), host.name]));
    const ports = await this.#deps.listPorts();
    return ports.map((port) => {
      const host = hosts.get(port.path) ?? hosts.get(port.device);
      return host === undefined ? port : { ...port, host };
    });
  };

  lastLines: Consoles['lastLines'] = (host, count, since) => this.#sessions.get(host)?.lastLines(count, since) ?? [];

  /** E_NOT_FOUND, E_NO_CONSOLE, E_CONSOLE_GONE before the start, after the end and for a moment after another console was removed. */
  #session(host: string): Session {
    const session = this.#sessions.get(host);
    if (session) return session;
    const { console: url } = this.#deps.inventory.getHost(host);
    if (url !== undefined && (!this.#isRunning || this.#closing.has(host))) throw sentences.notReady(host, this.#isRunning);
    throw sentences.noConsole(host);
  }

  /** E_NOT_FOUND. Transcripts are read even where the console was removed. */
  #known(host: string): string {
    return this.#deps.inventory.getHost(host).name;
  }

  #find(name: string): Host | undefined {
    try {
      return this.#deps.inventory.getHost(name);
    } catch {
      return undefined;
    }
  }

  #triggersOf(host: Host): (ConsoleTrigger & { from: 'host' | 'profile' })[] {
    const own = (host.triggers ?? []).map((trigger) => ({ ...trigger, from: 'host' as const }));
    const names = new Set(own.map(({ name }) => name));
    const others = this.#deps.profileTriggers(host).filter(({ name }) => !names.has(name));
    return [...own, ...others.map((trigger) => ({ ...trigger, from: 'profile' as const }))];
  }

  #hostChanged(name: string): void {
    if (!this.#isRunning) return;
    const host = this.#find(name);
    const target = host && this.#targetOf(host);
    const session = this.#sessions.get(name);
    if (host && target && session) session.update(host, target);
    else if (host && target) this.#open(host, target);
    else this.#remove(name, { isHostGone: host === undefined });
  }

  #open(host: Host, target: SessionTarget): void {
    const closing = this.#closing.get(host.name);
    if (closing) {
      // The transcript of the session before is still being closed.
      void closing.then(() => this.#hostChanged(host.name));
      return;
    }
    const session = new Session(host, target, this.#boots.get(host.name), {
      ...this.#deps,
      triggersOf: (of) => this.#triggersOf(of),
      changed: (status) => {
        for (const listener of this.#listeners) listener(status);
      },
    });
    this.#sessions.set(host.name, session);
    for (const listener of this.#listeners) listener(session.status());
  }

  #remove(name: string, { isHostGone }: { isHostGone: boolean }): void {
    const session = this.#sessions.get(name);
    this.#sessions.delete(name);
    if (!session && !isHostGone) return;
    const remove = async (): Promise<void> => {
      await this.#closing.get(name);
      await session?.close(sentences.removed(name));
      if (isHostGone) await this.#deps.transcripts.remove(name);
    };
    const removing = remove().finally(() => {
      if (this.#closing.get(name) === removing) this.#closing.delete(name);
    });
    this.#closing.set(name, removing);
  }

  /** Undefined where the host has no console, or one of an earlier version that cannot be parsed now. */
  #targetOf(host: Host): SessionTarget | undefined {
    if (host.console === undefined) return undefined;
    try {
      const url = parseConsoleUrl(host.console);
      const { address, username } = host.bmc ?? {};
      const account = url.kind === 'sol' || url.kind === 'ssh' ? { address, username } : {};
      const key = JSON.stringify([host.console, account]);
      return { kind: url.kind, url: host.console, key, open: this.#deps.openTransport(url, host), untilUsable: this.#untilUsable(url) };
    } catch (error) {
      this.#deps.log.error({ error, host: host.name }, 'the console URL of a host is invalid');
      return undefined;
    }
  }

  /** Where ports are files. */
  #untilUsable(url: ConsoleUrl): SessionTarget['untilUsable'] {
    if (url.kind !== 'serial' || process.platform === 'win32') return undefined;
    return async (signal) => untilUsable(url.path, this.#deps.clock, signal);
  }

  #event(event: BenchEvent): void {
    if (event.type.startsWith('job.')) {
      const session = event.host === undefined ? undefined : this.#sessions.get(event.host);
      session?.evaluate();
    }
    const sign = bootSign(event);
    const session = sign && this.#sessions.get(this.#hostOf(event) ?? '');
    if (sign && session) void session.sawBoot(sign, this.#deps.clock.monotonic());
  }

  #hostOf({ host, mac }: BenchEvent): string | undefined {
    return host ?? (mac === undefined ? undefined : this.#deps.inventory.findByMac(mac)?.host.name);
  }

  /** The boots that may still be under way. */
  #recentBoots(): Map<string, Boot> {
    const { activity, clock } = this.#deps;
    const boots = new Map<string, Boot>();
    for (const event of activity.history({ limit: MAX_HISTORY }).reverse()) {
      // An event from the future is of a clock that was ahead: it counts as one of now.
      const age = Math.max(0, clock.now() - event.at);
      const sign = age > POST_MS ? undefined : bootSign(event);
      const host = sign && this.#hostOf(event);
      if (sign && host !== undefined) boots.set(host, nextBoot(boots.get(host), sign, clock.monotonic() - age).boot);
    }
    return boots;
  }
}

function serialPathOf({ console: url }: Host): string | undefined {
  if (url?.startsWith('serial:') !== true) return undefined;
  const parsed = parseConsoleUrl(url);
  return parsed.kind === 'serial' ? parsed.path : undefined;
}
