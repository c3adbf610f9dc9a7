import { join } from 'node:path';
import { differential } from '../../differential/differential.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

async function compare(lab: Lab, isos: number): Promise<void> {
  const report = await differential({ isos, seed: 1, mutateEach: 2, keep: undefined });
  report.write(join(lab.dir, 'differential'));
  for (const [name, value] of Object.entries(report.facts())) lab.fact(name, value);
  expectThat(report.unexplained === 0, report.text());
}

export const differentialFew: Scenario = {
  name: 'differential',
  title: 'Our ISO reader shows what xorriso, isoinfo, 7z and pycdlib show, for 40 generated ISOs and 20 with wrong bytes',
  tier: 'ci',
  needs: ['second-readers'],
  run: (lab) => compare(lab, 40),
};

export const differentialMany: Scenario = {
  name: 'differential-2000',
  title: 'Our ISO reader shows what xorriso, isoinfo, 7z and pycdlib show, for 2,000 generated ISOs and 1,000 with wrong bytes',
  tier: 'full',
  needs: ['second-readers'],
  timeoutMs: 3_600_000,
  run: (lab) => compare(lab, 2000),
};
