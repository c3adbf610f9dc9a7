import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BenchEvent, ServiceStatus } from '../../contract/appliance.ts';
import type { Rooms } from '../handlers/rooms.ts';

/** Counts events from now on and reports the current figures, as Prometheus text. */
export interface Metrics {
  text(): string;
  stop(): void;
}

export function collectMetrics({ activity, control, inventory, limits }: Rooms): Metrics {
  const events = new Map<string, number>();
  const bytes = new Map<string, number>();
  const stop = activity.subscribe((event) => {
    add(events, event.type, 1);
    add(bytes, event.type, bytesOf(event));
  });
  const loop = measureLoop();
  return {
    stop: () => {
      stop();
      loop.stop();
    },
    text: () => {
      const { leases, hosts, discovered } = inventory.snapshot();
      return [
        ...family('bootbench_events_total', 'counter', 'Events since start, by type.', 'type', events),
        ...family('bootbench_served_bytes_total', 'counter', 'Bytes served, by event type.', 'type', bytes),
        ...family('bootbench_service_up', 'gauge', '1 for a service that is ready.', 'service', upByName(control.status().services)),
        ...family(
          'bootbench_leases',
          'gauge',
          'DHCP leases, by state.',
          'state',
          countBy(leases, ({ state }) => state),
        ),
        ...family('bootbench_limited_total', 'counter', 'How often a limit acted since start, by limit.', 'limit', limits.totals()),
        ...family(
          'bootbench_limited_clients',
          'gauge',
          'Clients that are limited now, by limit.',
          'limit',
          countBy(
            limits.list().filter(({ active }) => active),
            ({ kind }) => kind,
          ),
        ),
        ...family(
          'bootbench_event_loop_delay_seconds',
          'gauge',
          'How late the event loop of the services was since the last scrape.',
          'quantile',
          loop.quantiles(),
        ),
        ...plain('bootbench_hosts', 'Hosts of the inventory.', hosts.length),
        ...plain('bootbench_discovered', 'Unknown machines that asked to boot.', discovered.length),
        '',
      ].join('\n');
    },
  };
}

const LOOP_RESOLUTION_MS = 10;
const QUANTILES = [0.5, 0.99, 1];

/** Delays of this thread's event loop in seconds, beyond the resolution of the timer that measures them; each call begins anew. */
function measureLoop(): { quantiles(): Map<string, number>; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  histogram.enable();
  return {
    quantiles() {
      const late = (quantile: number): number => Math.max(0, histogram.percentile(100 * quantile) / 1e6 - LOOP_RESOLUTION_MS) / 1000;
      const values = new Map(QUANTILES.map((quantile) => [String(quantile), late(quantile)]));
      histogram.reset();
      return values;
    },
    stop: () => histogram.disable(),
  };
}

/** Completion events carry the bytes of their transfer. */
function bytesOf({ data }: BenchEvent): number {
  return typeof data.bytes === 'number' ? data.bytes : 0;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  if (by > 0) counts.set(key, (counts.get(key) ?? 0) + by);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) add(counts, keyOf(item), 1);
  return counts;
}

function upByName(services: readonly ServiceStatus[]): Map<string, number> {
  return new Map(services.map(({ name, state }) => [name, state === 'ready' ? 1 : 0]));
}

function family(name: string, type: string, help: string, label: string, values: ReadonlyMap<string, number>): string[] {
  const lines = [...values].sort(([a], [b]) => a.localeCompare(b)).map(([key, value]) => `${name}{${label}="${key}"} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function plain(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}
