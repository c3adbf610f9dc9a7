import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../../contract/appliance.ts';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../../contract/inventory.ts';
import { assess, watchEvidence } from '../../../../main-services/boot/evidence/evidence.ts';
import { planHost } from '../../../../main-services/boot/decide/plan.ts';
import { evidenceOf } from '../../../../main-services/iso/profiles/evidence.ts';
import { profileOf } from '../../../../main-services/iso/profiles/profiles.ts';
import { hostInput, MAC, openData, type DataFixture } from '../../../fixtures/data-fixture.ts';

const ARMED = { armedAt: 100 };
const seen = (...types: string[]) => types.map((type, index) => ({ seq: index + 1, at: 100 + index, type: type as 'iso.opened' }));

describe('when a boot is done', () => {
  const known = evidenceOf(profileOf('fedora'), 'kickstart');
  const unknown = evidenceOf(profileOf('unknown'), 'other');
  const none = evidenceOf(profileOf('fedora'), undefined);
  it.each([
    ['nothing happened', known, [], undefined],
    ['leases prove nothing: firmware and iPXE lease too', known, ['dhcp.os-lease', 'dhcp.os-lease'], undefined],
    ['the ISO alone does not', known, ['iso.opened'], undefined],
    ['with a config: ISO, then config', known, ['iso.opened', 'config.served'], [1, 2]],
    ['with a config on the medium: ISO, then the config read there', known, ['iso.opened', 'iso.config-read'], [1, 2]],
    ['with a config: ISO, then phone-home', known, ['iso.opened', 'boot.complete'], [1, 2]],
    ['with a config that its installer fetches an address is not enough', known, ['iso.opened', 'dhcp.os-lease'], undefined],
    ['a config fetched before the ISO is another boot’s', known, ['config.served', 'iso.opened'], undefined],
    ['where nobody knows whether a config is fetched, an address has to do', unknown, ['iso.opened', 'dhcp.os-lease'], [1, 2]],
    ['without a config: ISO, then an address as an operating system', none, ['dhcp.os-lease', 'iso.opened', 'dhcp.os-lease'], [2, 3]],
  ] as const)('%s', (_name, groups, types, expected) => {
    expect(assess(ARMED, groups, seen(...types))).toEqual(expected);
  });

  it('b7: the order of numbers decides, not of times', () => {
    const backwards = seen('iso.opened', 'config.served').map((event) => ({ ...event, at: -event.seq }));
    expect(assess({ armedAt: 100, armedAfter: 0 }, known, backwards)).toEqual([1, 2]);
    expect(assess({ armedAt: -1000, armedAfter: 1 }, known, backwards)).toBeUndefined();
  });

  it('evidence from before the arming does not count', () => {
    expect(assess({ armedAt: 101 }, known, seen('iso.opened', 'config.served'))).toBeUndefined();
  });
});

describe('assignments flip on evidence', () => {
  let bench: DataFixture;
  let stop: () => void;
  beforeEach(async () => {
    bench = openData();
    const { inventory, activity } = bench;
    inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { f: 'x' } }));
    inventory.addConfig(ConfigInput.parse({ name: 'after', format: 'ignition', files: { f: 'x' } }));
    await inventory.addImage(ImageInput.parse({ name: 'fedora', source: { type: 'file', path: '/f.iso' }, bootConfigs: ['ks'] }));
    inventory.addHost(hostInput('node1'));
    stop = watchEvidence(activity, inventory);
  });
  afterEach(() => {
    stop();
    bench.dispose();
  });
  const arm = (more: Record<string, unknown> = {}) =>
    bench.inventory.assign('node1', AssignmentInput.parse({ image: 'fedora', config: 'ks', ...more }));
  const happen = (...types: NewEvent['type'][]) => {
    for (const type of types) bench.activity.record({ type, mac: MAC, message: type });
  };
  const state = () => bench.inventory.getHost('node1').assignment;

  it('once: done, with the numbers of the events, then local boot', () => {
    arm({ after: { image: 'localboot', config: 'after' } });
    expect(planHost(bench.inventory.getHost('node1'))).toMatchObject({ kind: 'image', config: 'ks' });
    happen('iso.opened', 'config.served');
    expect(state()).toMatchObject({ state: 'done', evidence: [2, 3] });
    expect(planHost(bench.inventory.getHost('node1'))).toMatchObject({ kind: 'local', config: 'after' });
  });

  it('done without an `after` keeps serving its config, because installers fetch it twice', () => {
    arm();
    happen('iso.opened', 'config.served');
    expect(planHost(bench.inventory.getHost('node1'))).toMatchObject({ kind: 'local', config: 'ks' });
  });

  it('always never flips', () => {
    arm({ mode: 'always' });
    happen('iso.opened', 'config.served', 'boot.complete');
    expect(state()?.state).toBe('armed');
  });

  it('arming again asks for new evidence', () => {
    arm();
    happen('iso.opened', 'config.served');
    bench.clock.advance(10);
    arm();
    expect(state()?.state).toBe('armed');
    happen('config.served');
    expect(state()?.state).toBe('armed');
    happen('iso.opened', 'boot.complete');
    expect(state()?.state).toBe('done');
  });

  it('b7: is done too when the clock was set back by 120 s after the arming, and after a restart', () => {
    arm();
    bench.clock.setBack(120_000);
    happen('iso.opened');
    stop();
    bench = bench.reopen();
    stop = watchEvidence(bench.activity, bench.inventory);
    happen('config.served');
    expect(state()?.state).toBe('done');
  });

  it('b7: what happened before the arming does not count, whatever the clock says', () => {
    arm();
    happen('iso.opened', 'config.served');
    bench.clock.setBack(120_000);
    arm();
    happen('config.served');
    expect(state()?.state).toBe('armed');
    happen('iso.opened', 'boot.complete');
    expect(state()?.state).toBe('done');
  });

  it('b7: arming twice within a millisecond asks for new evidence', () => {
    arm();
    happen('iso.opened');
    arm();
    happen('config.served');
    expect(state()?.state).toBe('armed');
  });

  it.each([0, 1500])('evidence from before a restart still counts, also when %i other events followed', (others) => {
    arm();
    happen('iso.opened');
    for (let count = 0; count < others; count++) happen('console.matched');
    stop();
    bench = bench.reopen();
    stop = watchEvidence(bench.activity, bench.inventory);
    happen('config.served');
    expect(state()?.state).toBe('done');
  });
});
