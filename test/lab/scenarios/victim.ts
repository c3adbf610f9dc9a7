import type { Lab, Scenario } from '../scenario.ts';
import { during, judge, measure, NEEDS, RATE, strangerAddresses, victimScene, type Scene } from '../victim.ts';

/** Milliseconds. */
const ANSWER_LIMIT = 100;
const HEALTH_LIMIT = 50;
/** As many addresses as one computer on the wire can easily take. */
const MANY = 100;

type Probes = readonly (readonly [probe: string, limitMs: number])[];

async function attack(lab: Lab, flood: 'tftp' | 'http', probes: Probes): Promise<void> {
  const scene = await victimScene(lab, ['--dhcp', 'off'], MANY);
  const quiet = await measureAll(lab, scene, 'quiet', probes);
  const one = await during(scene, flood, [String(RATE), ...strangerAddresses(1)], () => measureAll(lab, scene, 'one address', probes));
  const many = await during(scene, flood, [String(RATE), ...strangerAddresses(MANY)], () =>
    measureAll(lab, scene, `${MANY} addresses`, probes),
  );
  const events = (await scene.appliance.events()).filter(({ ip }) => ip !== undefined && strangerAddresses(MANY).includes(ip));
  lab.fact('events about strangers', events.length);
  for (const [name, figures, limit] of [...quiet, ...one, ...many]) judge(lab, name, figures, limit);
}

type Measured = readonly [name: string, figures: Awaited<ReturnType<typeof measure>>, limitMs: number];

async function measureAll(lab: Lab, scene: Scene, when: string, probes: Probes): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [probe, limit] of probes) {
    const figures = await measure(scene, probe);
    lab.say(`${when}, ${probe}: ${JSON.stringify(figures)}`);
    measured.push([`${when}: ${probe}`, figures, limit]);
  }
  return measured;
}

export const victims: readonly Scenario[] = [
  {
    name: 'victim-tftp',
    title: `b3: ${RATE} RRQs a second that are never acknowledged: a known host is answered by TFTP within ${ANSWER_LIMIT} ms at p99`,
    tier: 'full',
    needs: NEEDS,
    timeoutMs: 300_000,
    alone: true,
    run: (lab) =>
      attack(lab, 'tftp', [
        ['answer', ANSWER_LIMIT],
        ['transfer', 10 * ANSWER_LIMIT],
        ['healthz', HEALTH_LIMIT],
      ]),
  },
  {
    name: 'victim-http',
    title: `b4: ${RATE} silent connections a second: a known host gets its script within ${ANSWER_LIMIT} ms at p99`,
    tier: 'full',
    needs: NEEDS,
    timeoutMs: 300_000,
    alone: true,
    run: (lab) =>
      attack(lab, 'http', [
        ['script', ANSWER_LIMIT],
        ['healthz', HEALTH_LIMIT],
      ]),
  },
];
