import { expect, it } from 'vitest';
import type { ConsoleUrl } from '../../../../contract/console-url.ts';
import { Demand } from '../../../../main-services/console/session/demand.ts';
import { BOOT_MS, JOB_RECHECK_MS, LINGER_MS } from '../../../../main-services/console/session/wanted.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

/** What a console's demand rests on, changed by the test. */
class World {
  readonly clock = new TestClock();
  kind: ConsoleUrl['kind'] = 'sol';
  viewers = 0;
  hasJob = false;
  lastBootAt: number | undefined;
  isWanted = false;
  readonly demand = new Demand({
    clock: this.clock,
    kind: () => this.kind,
    viewers: () => this.viewers,
    jobUnderWay: () => this.hasJob,
    lastBootAt: () => this.lastBootAt,
    want: (isWanted) => (this.isWanted = isWanted),
  });
}

it('a BMC’s console lingers for a minute after its last viewer', () => {
  const world = new World();
  world.demand.evaluate();
  expect(world.isWanted).toBe(false);
  world.viewers = 1;
  world.demand.evaluate();
  expect(world.isWanted).toBe(true);
  world.viewers = 0;
  world.demand.evaluate();
  world.clock.advance(LINGER_MS - 1);
  expect(world.isWanted).toBe(true);
  world.clock.advance(1);
  expect(world.isWanted).toBe(false);
});

it('sees the end of a job without an event', () => {
  const world = new World();
  world.hasJob = true;
  world.demand.evaluate();
  world.clock.advance(3600_000);
  expect(world.isWanted).toBe(true);
  world.hasJob = false;
  world.clock.advance(JOB_RECHECK_MS + LINGER_MS);
  expect(world.isWanted).toBe(false);
});

it('is open for 15 minutes after a boot, and a minute more', () => {
  const world = new World();
  world.lastBootAt = world.clock.monotonic();
  world.demand.evaluate();
  world.clock.step(-365 * 86_400_000);
  world.clock.advance(BOOT_MS + LINGER_MS - 1);
  expect(world.isWanted).toBe(true);
  world.clock.advance(1);
  expect(world.isWanted).toBe(false);
});

it('decides nothing after it was stopped', () => {
  const world = new World();
  world.viewers = 1;
  world.demand.evaluate();
  world.demand.stop();
  world.viewers = 0;
  world.demand.evaluate();
  world.clock.advance(LINGER_MS * 2);
  expect(world.isWanted).toBe(true);
});
