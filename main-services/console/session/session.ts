import type { ConsoleStatus, ConsoleTrigger, ConsoleViewer, ModemLines } from '../../../contract/console.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { withoutUndefined } from '../../../util/text.ts';
import type { Activity } from '../../activity/activity.ts';
import type { ConsoleTransport } from '../transport.ts';
import type { Transcripts } from '../transcript/transcript.ts';
import type { CreateMatcher, TriggerMatch } from '../triggers/matcher.ts';
import { Announcer } from './announcer.ts';
import { nextBoot, type Boot, type BootSign } from './boots.ts';
import { Demand } from './demand.ts';
import { Feed } from './feed.ts';
import { Input } from './input.ts';
import { Link, type LinkTarget } from './link.ts';
import type { Announcement, LinkState } from './link-state.ts';
import { LineWatch } from './modem-lines.ts';
import { Recording } from './recording.ts';
import * as sentences from './sentences.ts';
import { linkMessage, statusOf } from './status.ts';
import { StoringWatch } from './storing-watch.ts';
import { TriggerWatch } from './trigger-watch.ts';
import type { Listener } from './view.ts';
import { occupiesBmc } from './wanted.ts';

export interface SessionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: Pick<Activity, 'record'>;
  readonly transcripts: Transcripts;
  readonly createMatcher: CreateMatcher;
  /** Those that work on a host's console now. */
  readonly triggersOf: (host: Host) => readonly ConsoleTrigger[];
  readonly jobUnderWay: (host: string) => boolean;
  readonly changed: (status: ConsoleStatus) => void;
}

/** What a console is opened with. When `key` changes, it is opened again. */
export interface SessionTarget extends LinkTarget {
  readonly url: string;
  readonly key: string;
}

/** `lastOutputAt` is reported at most this often. */
const OUTPUT_REPORT_MS = 1000;

/** The console of one host: its connection, its transcript, its viewers and its typist. */
export class Session {
  readonly input: Input;
  readonly #deps: SessionDeps;
  #host: Host;
  #target: SessionTarget;
  readonly #link: Link;
  readonly #announcer: Announcer;
  readonly #recording: Recording;
  readonly #storing: StoringWatch;
  readonly #triggers: TriggerWatch;
  readonly #feed: Feed;
  readonly #demand: Demand;
  readonly #lines: LineWatch;
  #boot: Boot | undefined;
  #matched: ConsoleStatus['matched'];
  #stopOutputReport: (() => void) | undefined;
  #waitingForLink: (() => void)[] = [];
  #isClosed = false;

  /** `boot`: what events before the session showed. It opens the console by itself, as it is wanted. */
  constructor(host: Host, target: SessionTarget, boot: Boot | undefined, deps: SessionDeps) {
    const { clock, log, activity, transcripts, createMatcher } = deps;
    const { name } = host;
    this.#deps = deps;
    this.#host = host;
    this.#target = target;
    this.#boot = boot;
    this.#link = new Link(target, { ...this.#output(), changed: (state) => this.#linkChanged(state) }, clock);
    this.#announcer = new Announcer(clock, (announcement) => this.#announce(announcement));
    this.#storing = new StoringWatch({ ...{ host: name, activity, clock }, changed: () => this.#report() });
    this.#recording = new Recording({
      ...{ host: name, transcripts, clock, log },
      image: () => (this.#host.assignment?.state === 'armed' ? this.#host.assignment.image : undefined),
      behind: (isBehind) => this.#holdBack(isBehind),
      storing: (state) => this.#storing.changed(state),
    });
    this.#feed = new Feed({
      ...{ host: name, clock, log },
      read: (transcript, offset, limit) => transcripts.read(name, transcript, offset, limit),
      viewersChanged: () => this.#viewersChanged(),
    });
    this.input = new Input(name, {
      transport: () => this.#openTransport(),
      isViewing: (id) => this.#feed.hasViewer(id),
      changed: () => this.#report(),
    });
    this.#triggers = new TriggerWatch({
      ...{ host: name, activity, clock, createMatcher },
      triggers: () => deps.triggersOf(this.#host),
      transcript: () => this.#recording.transcript,
      type: async (bytes) => {
        await this.#opened();
        await this.input.send(bytes);
      },
      matched: (match) => this.#setMatched(match),
    });
    this.#lines = new LineWatch({ clock, transport: () => this.#transport(), changed: () => this.#report() });
    this.#demand = new Demand({
      clock,
      kind: () => this.#target.kind,
      viewers: () => this.#feed.viewers().length,
      jobUnderWay: () => deps.jobUnderWay(name),
      lastBootAt: () => this.#boot?.netbootAt ?? this.#boot?.startedAt,
      want: (isWanted) => void this.#recording.ready.then(() => this.#link.want(isWanted)),
    });
    void this.#start();
  }

  status(): ConsoleStatus {
    const optional = {
      typist: this.input.typist,
      transcript: this.#recording.transcript,
      lastOutputAt: this.#recording.lastAt,
      matched: this.#matched,
      lines: this.#lines.lines,
      notStored: this.#storing.notStored,
    };
    const rest = { host: this.#host.name, url: this.#target.url, viewers: this.#feed.viewers(), ...withoutUndefined(optional) };
    return statusOf(this.#link.state, rest);
  }

  view(viewer: ConsoleViewer, from: number, listener: Listener): () => void {
    const end = this.#feed.add(viewer, from, listener, this.#recording.end());
    return () => {
      end();
      if (!this.#feed.hasViewer(viewer.id)) this.input.release(viewer.id);
    };
  }

  async sendBreak(viewer: ConsoleViewer): Promise<void> {
    await this.input.sendBreak(viewer);
    this.#notice(sentences.BREAK_SENT);
  }

  async setBaud(viewer: ConsoleViewer, baud: number | 'auto'): Promise<number> {
    const set = await this.input.setBaud(viewer, baud);
    this.#report();
    return set;
  }

  async setModemLines(viewer: ConsoleViewer, lines: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void> {
    await this.input.setModemLines(viewer, lines);
    await this.#lines.read();
  }

  reconnect(options: { takeOver: boolean }): void {
    this.#link.reconnect(options);
  }

  /** A password that was rejected is not sent again before it is another one. */
  accountChanged(): void {
    const { state } = this.#link.state;
    if (occupiesBmc(this.#target.kind) && (state === 'failed' || state === 'waiting')) this.#link.reconnect({ takeOver: false });
  }

  lastLines(count: number, since: number): string[] {
    return (this.#recording.lastAt ?? 0) < since ? [] : this.#recording.lastLines(count);
  }

  /** The host changed, perhaps its console too. */
  update(host: Host, target: SessionTarget): void {
    this.#host = host;
    this.#triggers.refresh();
    if (target.key === this.#target.key) return;
    if (target.url !== this.#target.url) void this.#recording.ready.then(() => this.#notice(sentences.urlChanged(target.url)));
    this.#target = target;
    this.#link.retarget(target);
    this.#demand.evaluate();
    this.#report();
  }

  /** Something showed how the host boots. */
  async sawBoot(sign: BootSign, at: number): Promise<void> {
    await this.#recording.ready;
    if (this.#isClosed) return;
    const { boot, isNew } = nextBoot(this.#boot, sign, at);
    this.#boot = boot;
    if (isNew) {
      this.#feed.flush();
      this.#recording.begin();
      this.#triggers.reset();
      this.#matched = undefined;
      this.#report();
    }
    this.#demand.evaluate();
  }

  /** A job started or ended. */
  evaluate(): void {
    this.#demand.evaluate();
  }

  /** Closes the connection, then the transcript. Viewers get `notice`, and nothing after it. Never rejects. */
  async close(notice?: string): Promise<void> {
    this.#isClosed = true;
    this.#demand.stop();
    this.#lines.stop();
    this.#stopOutputReport?.();
    await this.#recording.ready;
    await this.#link.stop();
    this.#announcer.stop();
    this.#triggers.close();
    if (notice !== undefined) this.#notice(notice);
    this.#feed.close();
    await this.#recording.close();
  }

  async #start(): Promise<void> {
    await this.#recording.ready;
    const { startedAt } = this.#recording;
    // How far the boot of a continued transcript came is unknown: the next one starts another.
    if (startedAt !== undefined) this.#boot ??= { startedAt, netbootAt: undefined, hasRead: true };
    this.#demand.evaluate();
  }

  #output(): { data(bytes: Uint8Array): void; notice(message: string): void } {
    return {
      data: (bytes) => {
        const { transcript, offset, at } = this.#recording.append(bytes);
        this.#feed.bytes(transcript, offset, at, bytes);
        this.#triggers.push(bytes, at);
        this.#stopOutputReport ??= this.#deps.clock.after(OUTPUT_REPORT_MS, () => {
          this.#stopOutputReport = undefined;
          this.#report();
        });
      },
      notice: (message) => this.#notice(message),
    };
  }

  #notice(message: string): void {
    const { transcript, offset, at } = this.#recording.notice(message);
    this.#feed.notice(transcript, offset, at, message);
  }

  /** Output may come, and match, before the opening is complete. */
  async #opened(): Promise<void> {
    while (this.#link.state.state === 'opening') await new Promise<void>((resolve) => this.#waitingForLink.push(resolve));
  }

  #linkChanged(state: LinkState): void {
    for (const resolve of this.#waitingForLink.splice(0)) resolve();
    this.#announcer.changed(state);
    if (state.state === 'open') this.#lines.watch(this.#feed.viewers().length > 0);
    else this.#lines.stop();
    this.#report();
  }

  #announce(announcement: Announcement): void {
    const { activity } = this.#deps;
    const host = this.#host.name;
    const message = sentences.announcement(announcement);
    this.#notice(message);
    if (announcement.kind === 'failed') return;
    const code = announcement.kind === 'closed' ? announcement.error?.code : undefined;
    activity.record({
      type: announcement.kind === 'opened' ? 'console.opened' : 'console.closed',
      host,
      message: sentences.ofHost(host, message),
      data: { url: this.#target.url, ...(code !== undefined && { code }) },
    });
  }

  #viewersChanged(): void {
    this.#lines.watch(this.#transport() !== undefined && this.#feed.viewers().length > 0);
    this.#demand.evaluate();
    this.#report();
  }

  #setMatched({ trigger, line, at }: TriggerMatch): void {
    if (trigger.meaning === 'none') return;
    this.#matched = { trigger: trigger.name, meaning: trigger.meaning, line, at };
    this.#report();
  }

  #holdBack(isBehind: boolean): void {
    const transport = this.#transport();
    if (isBehind) transport?.pause();
    else transport?.resume();
  }

  #transport(): ConsoleTransport | undefined {
    const { state } = this.#link;
    return state.state === 'open' ? state.transport : undefined;
  }

  #openTransport(): ConsoleTransport {
    const transport = this.#transport();
    if (!transport) throw sentences.notOpen(this.#host.name, linkMessage(this.#link.state, this.#target.url));
    return transport;
  }

  #report(): void {
    if (!this.#isClosed) this.#deps.changed(this.status());
  }
}
