import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { meter } from '../../bench/usage.ts';

/** A quarter of a second of CPU time, however long that takes. */
const BUSY = 'while (process.cpuUsage().user < 250_000);';

describe.skipIf(process.platform !== 'linux')('the CPU time of a server', () => {
  it('includes a child that has ended and that it did not wait for', async () => {
    // Ignored children are never added to the times of their parent (wait(2)).
    const script = `trap '' CHLD; ${JSON.stringify(process.execPath)} -e "${BUSY} console.log('done')" & sleep 60`;
    const server = spawn('bash', ['-c', script], { detached: true });
    const running = meter(server.pid!);
    await once(server.stdout, 'data');
    await sleep(200);
    const { cpuSeconds, rssMb } = running.stop();
    process.kill(-server.pid!, 'SIGKILL');
    await once(server, 'exit');
    expect(cpuSeconds).toBeGreaterThan(0.15);
    expect(rssMb).toBeGreaterThan(0.5);
  });

  it('is that since the start of the measurement', async () => {
    const server = spawn(process.execPath, ['-e', `${BUSY} console.log('ready'); setTimeout(() => {}, 20_000)`]);
    await once(server.stdout, 'data');
    const running = meter(server.pid!);
    await sleep(200);
    const { cpuSeconds } = running.stop();
    server.kill('SIGKILL');
    await once(server, 'exit');
    expect(cpuSeconds).toBeLessThan(0.15);
  });
});
