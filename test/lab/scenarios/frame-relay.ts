import { FrameRelay, type Impairment } from '../frame-relay.ts';
import { NODE, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

interface Cabled extends AsyncDisposable {
  near: Namespace;
  far: Namespace;
  relay: FrameRelay;
}

const FAR = '10.77.1.2';

/** Sends as fast as it can for three seconds, and prints Mbit/s as the receiver counts them. */
const SEND = `const socket = require('net').connect(5000, '${FAR}'); const block = Buffer.alloc(65536);
  const write = () => { while (socket.write(block)); }; socket.on('connect', write).on('drain', write); setTimeout(() => process.exit(), 3000)`;
const RECEIVE = `let bytes = 0, first; require('net').createServer((socket) => {
  socket.on('data', (data) => { first ??= Date.now(); bytes += data.length; });
  socket.on('error', () => {}).on('close', () => { console.log('mbit', Math.round(bytes * 8e-3 / (Date.now() - first))); process.exit(); });
}).listen(5000, () => console.log('listening'))`;

export const frameRelay: Scenario = {
  name: 'frame-relay',
  title: 'The lab’s own cable carries 200 Mbit/s and more, delays by the configured time, and loses and duplicates the configured share.',
  tier: 'ci',
  needs: ['root', 'ping'],
  async run(lab) {
    await expectThroughput(lab);
    await expectDelay(lab);
    await expectDamage(lab);
  },
};

async function layCable(lab: Lab, impairment: Partial<Impairment>): Promise<Cabled> {
  const near = await lab.namespace('near');
  const far = await lab.namespace('far');
  const end = (ns: Namespace, address: string) => ({ ns, dev: 'eth0', address: `${address}/24` });
  const relay = await FrameRelay.start(end(near, '10.77.1.1'), end(far, FAR), impairment);
  return {
    near,
    far,
    relay,
    [Symbol.asyncDispose]: async () => {
      for (const part of [relay, near, far]) await part[Symbol.asyncDispose]();
    },
  };
}

async function expectThroughput(lab: Lab): Promise<void> {
  await using cable = await layCable(lab, {});
  const receiver = cable.far.spawn([NODE, '-e', RECEIVE]);
  await receiver.waitFor(/listening/, 10_000);
  await cable.near.exec([NODE, '-e', SEND]);
  const line = await receiver.waitFor(/^mbit /, 10_000);
  const rate = Number(line.text.slice(5));
  lab.fact('Mbit/s', rate);
  expectThat(rate >= 200, `it carries only ${rate} Mbit/s`);
}

async function expectDelay(lab: Lab): Promise<void> {
  await using cable = await layCable(lab, { delayMs: 0.5 });
  const { median, received } = await ping(cable, 40);
  lab.fact('round trip at 0.5 ms each way, median ms', median);
  expectThat(received === 40, `${40 - received} of 40 echoes were lost on a cable that loses nothing`);
  expectThat(median >= 1 && median < 2.5, `the median round trip is ${median} ms, not 1 ms`);
}

async function expectDamage(lab: Lab): Promise<void> {
  await using cable = await layCable(lab, { seed: 3, loss: 0.1, duplicate: 0.1 });
  const { received, duplicates } = await ping(cable, 200);
  lab.fact('of 200 echoes at 10 % loss each way', `${received} came, ${duplicates} twice`);
  expectThat(received > 130 && received < 190, `${received} of 200 echoes came back, where about 162 should`);
  expectThat(duplicates > 5, `only ${duplicates} echoes came twice`);
  const { left, right } = await cable.relay.counts();
  expectThat(left.lost > 0 && right.lost > 0, 'the counts say that nothing was lost');
}

async function ping({ near }: Cabled, count: number): Promise<{ received: number; duplicates: number; median: number }> {
  await near.exec(['ping', '-c', '1', '-W', '1', FAR]);
  const { stdout } = await near.exec(['ping', '-i', '0.01', '-c', String(count), '-W', '1', FAR]);
  const times = [...stdout.matchAll(/time=([\d.]+) ms(?! \(DUP)/g)].map((match) => Number(match[1])).sort((a, b) => a - b);
  const duplicates = stdout.match(/DUP!/g)?.length ?? 0;
  return { received: times.length, duplicates, median: times[Math.floor(times.length / 2)] ?? Infinity };
}
