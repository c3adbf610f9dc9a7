import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostInput, openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
beforeEach(() => (bench = openData()));
afterEach(() => bench.dispose());

const stranger = (index: number): string =>
  `02:00:00:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
const stored = (): string[] => bench.inventory.snapshot().discovered.map(({ mac }) => mac);

describe('b5: a flood of machines that are seen once', () => {
  it('costs four transactions a second, with a bounded number of rows each', () => {
    const batches: number[] = [];
    bench.db.onChanges((changes) => batches.push(changes.length));
    for (let index = 0; index < 4000; index += 1) {
      bench.inventory.discover({ mac: stranger(index), vendorClass: 'PXEClient' });
      bench.clock.advance(1);
    }
    expect(batches.length).toBeLessThanOrEqual(17);
    expect(Math.max(...batches)).toBeLessThanOrEqual(64);
  });

  it('leaves 2,000 rows, in memory and in the database', () => {
    for (let index = 0; index < 6000; index += 1) {
      bench.inventory.discover({ mac: stranger(index) });
      bench.clock.advance(2);
    }
    bench.inventory.storeDiscovered();
    expect(bench.inventory.listDiscovered()).toHaveLength(2000);
    expect(stored()).toEqual(bench.inventory.listDiscovered().map(({ mac }) => mac));
    expect(stored()).toContain(stranger(5999));
  });

  it('does not remove a machine that boots again, nor after a restart', () => {
    const real = '52:54:00:88:00:09';
    bench.inventory.discover({ mac: real, facts: { product: 'PowerEdge R750' } });
    bench.clock.advance(4000);
    bench.inventory.discover({ mac: real });
    bench.clock.advance(60_000);
    bench.inventory.discover({ mac: stranger(9999) });
    for (const round of [0, 1]) {
      for (let index = 0; index < 3000; index += 1) {
        bench.inventory.discover({ mac: stranger(round * 3000 + index) });
        bench.clock.advance(2);
      }
      expect(bench.inventory.listDiscovered().find(({ mac }) => mac === real)?.facts).toEqual({ product: 'PowerEdge R750' });
      expect(bench.inventory.adopt(stranger(round * 3000 + 2999), `node${round}`).facts).toEqual({});
      bench = bench.reopen();
    }
    expect(stored()).toContain(real);
    expect(stored()).not.toContain(stranger(9999));
  });
});

describe('b5: an unknown machine', () => {
  const mac = '52:54:00:88:00:09';

  it('that is seen alone is in the database immediately', () => {
    bench.inventory.discover({ mac });
    expect(stored()).toEqual([mac]);
  });

  it('that is added as a host, or as an interface of one, before its row is written, has no row afterwards', () => {
    const [other, third] = ['52:54:00:88:00:0a', '52:54:00:88:00:0b'];
    for (const each of [mac, other, third]) bench.inventory.discover({ mac: each });
    bench.inventory.addHost(hostInput('node1', other));
    bench.inventory.patchHost('node1', { interfaces: [{ mac: other }, { mac: third }] });
    bench.clock.advance(1000);
    bench.inventory.storeDiscovered();
    expect(stored()).toEqual([mac]);
    expect(bench.inventory.listDiscovered().map((seen) => seen.mac)).toEqual([mac]);
  });

  it('is found by its UUID as another interface of the host that has it now', () => {
    const { inventory } = bench;
    inventory.addHost(hostInput('node1', '52:54:00:88:00:01'));
    inventory.addHost(hostInput('node2', '52:54:00:88:00:02'));
    expect(inventory.findByUuid('u1')).toBeUndefined();
    inventory.recordFacts('node1', { uuid: 'u1' });
    expect(inventory.findByUuid('u1')?.name).toBe('node1');
    inventory.recordFacts('node1', { uuid: 'u2' });
    inventory.recordFacts('node2', { uuid: 'u1' });
    expect(inventory.findByUuid('u1')?.name).toBe('node2');
    inventory.removeHost('node2');
    expect([inventory.findByUuid('u1'), inventory.findByUuid('u2')?.name]).toEqual([undefined, 'node1']);
  });
});
