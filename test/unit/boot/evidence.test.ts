import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../contract/appliance.ts';
import { Assignment, AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import { assess, watchEvidence } from '../../../main-services/boot/evidence.ts';
import { planHost } from '../../../main-services/boot/plan.ts';
import { hostInput, MAC, openBench, type DataBench } from '../../fixtures/bench.ts';

const assignment = (config?: string): Assignment => Assignment.parse({ image: 'fedora', config, state: 'armed', armedAt: 100 });
const seen = (...types: string[]) => types.map((type, index) => ({ seq: index + 1, at: 100 + index, type: type as 'iso.opened' }));

describe('when a boot is done', () => {
  it.each([
    ['nothing happened', 'ks', [], undefined],
    ['leases prove nothing: firmware and iPXE lease too', 'ks', ['dhcp.os-lease', 'dhcp.os-lease'], undefined],
    ['the ISO alone does not', 'ks', ['iso.opened'], undefined],
    ['with a config: ISO, then config', 'ks', ['iso.opened', 'config.served'], [1, 2]],
    ['with a config: ISO, then phone-home', 'ks', ['iso.opened', 'boot.complete'], [1, 2]],
    ['with a config an address is not enough', 'ks', ['iso.opened', 'dhcp.os-lease'], undefined],
    ['a config fetched before the ISO is another boot’s', 'ks', ['config.served', 'iso.opened'], undefined],
    ['without a config: ISO, then an address as an operating system', undefined, ['dhcp.os-lease', 'iso.opened', 'dhcp.os-lease'], [2, 3]],
  ] as const)('%s', (_name, config, types, expected) => {
    expect(assess(assignment(config), seen(...types))).toEqual(expected);
  });

  it('evidence from before the arming does not count', () => {
    expect(assess({ ...assignment('ks'), armedAt: 101 }, seen('iso.opened', 'config.served'))).toBeUndefined();
  });
});

describe('assignments flip on evidence', () => {
  let bench: DataBench;
  let stop: () => void;
  beforeEach(async () => {
    bench = openBench();
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
    for (const type of types) bench.activity.record({ type, mac: MAC, text: type });
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

  it('evidence from before a restart still counts', () => {
    arm();
    happen('iso.opened');
    stop();
    bench = bench.reopen();
    stop = watchEvidence(bench.activity, bench.inventory);
    happen('config.served');
    expect(state()?.state).toBe('done');
  });
});
