import { beforeEach, describe, expect, it } from 'vitest';
import { Host } from '../../../contract/inventory.ts';
import { bmcActions, type BmcActions } from '../../../main-services/reimage/bmc-actions.ts';
import { selfTest } from '../../../main-services/bmc/self-test/self-test.ts';
import { systemClock } from '../../../contract/runtime.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';

const HOST = Host.parse({ name: 'r1', interfaces: [{ mac: '52:54:00:00:00:01' }], createdAt: 1, updatedAt: 1 });

describe('a job that starts while something is done by hand', () => {
  let bmc: ScriptedBmc;
  let job: string | undefined;
  let actions: BmcActions;
  beforeEach(() => {
    bmc = new ScriptedBmc();
    job = undefined;
    actions = bmcActions({
      inventory: { getHost: () => HOST, listHosts: () => [HOST], recordFacts: () => HOST },
      bmc: { provider: () => Promise.resolve(bmc.provider()) },
      boot: { mediaUrl: () => Promise.resolve({ url: 'http://192.0.2.1/lab.iso', token: 't' }) },
      activity: { record: ({ type, message: text }) => ({ type, message: text, seq: 1, at: 1, data: {} }) },
      jobs: { ofHost: () => job },
      selfTester: (host, provider, forms, signal) =>
        selfTest(
          {
            provider,
            host,
            mac: '52:54:00:00:00:01',
            address: '192.0.2.9',
            bases: { http: 'http://192.0.2.1' },
            open: () => ({ token: 't', close: () => undefined }),
            size: 1,
            clock: systemClock,
            timing: { come: 20, quiet: 10 },
          },
          forms,
          signal,
        ),
    });
  });
  const startsAfter = (last: string): void => {
    bmc.onCall = (call) => {
      if (call === last) job = 'j1';
    };
  };

  it('a power command does nothing once it knows the machine', async () => {
    startsAfter('identify');
    await expect(actions.power('r1', 'off')).rejects.toMatchObject({ code: 'E_JOB_RUNNING' });
    expect(bmc.changes()).toEqual([]);
  });

  it.each([
    ['checkPlan', []],
    ['ejectAll', ['ejectAll']],
  ])('an insert that has come to %s changes no more', async (last, changes) => {
    startsAfter(last);
    await expect(actions.media('r1', 'insert')).rejects.toMatchObject({ code: 'E_JOB_RUNNING' });
    expect(bmc.changes()).toEqual(changes);
  });

  it('a self-test ejects nothing of the job’s', async () => {
    startsAfter('insert');
    await expect(actions.selfTest('r1')).rejects.toMatchObject({ code: 'E_JOB_RUNNING' });
    expect(bmc.changes()).toEqual(['insert']);
  });
});
