import { createStore } from 'zustand/vanilla';
import type { OpenedFile } from '../../connection/bridge-port.ts';
import type { Call } from '../../store/call.ts';
import type { AppStore } from '../../store/store.ts';
import { sourceOfFile, sourceOfPath, type ImportItem, type ImportSource } from './import-item.ts';
import { importRunner, type ImportRunner } from './import-runner.ts';
import { propose, type Proposal } from './proposals.ts';
import { forgetUpload, unfinishedUploads } from './unfinished-uploads.ts';

export interface QueueState {
  readonly proposals: readonly Proposal[];
  /** Sentences about files that were not taken. */
  readonly refusals: readonly string[];
  readonly items: readonly ImportItem[];
}

/** The page's queue of imports, run one at a time. Files are proposed first; `accept` moves the proposals into the queue. */
export class ImportQueue {
  readonly store = createStore<QueueState>(() => ({ proposals: [], refusals: [], items: [] }));
  readonly #bench: AppStore;
  readonly #call: Call;
  readonly #run: ImportRunner;
  readonly #aborts = new Map<string, AbortController>();

  constructor(bench: AppStore, call: Call) {
    this.#bench = bench;
    this.#call = call;
    this.#run = importRunner(bench, call);
  }

  offer(files: readonly File[]): void {
    this.#propose(files.map(sourceOfFile));
  }

  /** Files of this computer that were opened with Bootbench. */
  offerOpened(files: readonly OpenedFile[]): void {
    this.#propose(files.map(({ path, problem }) => ({ ...sourceOfPath(path), ...(problem !== undefined && { problem }) })));
  }

  rename(id: string, name: string): void {
    this.store.setState(({ proposals }) => ({
      proposals: proposals.map((proposal) => (proposal.id === id ? { ...proposal, name, continues: false } : proposal)),
    }));
  }

  drop(id: string): void {
    this.store.setState(({ proposals }) => ({ proposals: proposals.filter((proposal) => proposal.id !== id) }));
  }

  dismissOffer(): void {
    this.store.setState({ proposals: [], refusals: [] });
  }

  accept(): void {
    this.store.setState(({ proposals, items }) => ({
      proposals: [],
      refusals: [],
      items: [
        ...items.filter(({ id, state }) => state !== 'done' && !proposals.some((proposal) => proposal.id === id)),
        ...proposals.map(({ id, source, name }): ImportItem => ({ id, source, name, state: 'waiting', sent: 0 })),
      ],
    }));
    void this.#startNext();
  }

  retry(id: string): void {
    this.#change(id, { state: 'waiting', error: undefined });
    void this.#startNext();
  }

  cancel(id: string): void {
    const item = this.#item(id);
    if (!item) return;
    forgetUpload(item.name);
    // A running one is removed when its run has ended.
    if (item.state !== 'running') this.#remove(id);
    this.#aborts.get(id)?.abort();
    void this.#call('image.cancelImport', { name: item.name });
  }

  /** A finished or failed one is no longer shown. */
  dismiss(id: string): void {
    const item = this.#item(id);
    if (item?.state === 'failed') forgetUpload(item.name);
    this.#remove(id);
  }

  #propose(sources: readonly ImportSource[]): void {
    const { images } = this.#bench.getState();
    const { proposals, refusals, items } = this.store.getState();
    this.store.setState(propose(sources, { images, items, proposals, refusals, unfinished: unfinishedUploads() }));
  }

  async #startNext(): Promise<void> {
    const { items } = this.store.getState();
    const item = items.find(({ state }) => state === 'waiting');
    if (!item || items.some(({ state }) => state === 'running')) return;
    await this.#import(item);
    void this.#startNext();
  }

  async #import(item: ImportItem): Promise<void> {
    const { id, name } = item;
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    this.#change(id, { state: 'running', error: undefined });
    const end = await this.#run(item, { signal: abort.signal, onChange: (part) => this.#change(id, part) });
    this.#aborts.delete(id);
    if (end.kind === 'cancelled') this.#remove(id);
    if (end.kind === 'failed') this.#change(id, { state: 'failed', error: end.error, problem: undefined });
    if (end.kind === 'done') {
      forgetUpload(name);
      this.#change(id, { state: 'done', problem: undefined });
    }
  }

  #item(id: string): ImportItem | undefined {
    return this.store.getState().items.find((item) => item.id === id);
  }

  #change(id: string, part: Partial<ImportItem>): void {
    this.store.setState(({ items }) => ({ items: items.map((item) => (item.id === id ? { ...item, ...part } : item)) }));
  }

  #remove(id: string): void {
    this.store.setState(({ items }) => ({ items: items.filter((item) => item.id !== id) }));
  }
}
