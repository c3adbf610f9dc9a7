import { spawn, execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { deviceSockets } from '../../../main-services/network/device-socket.ts';
import { listNics } from '../../../main-services/network/nics.ts';

const sockets = deviceSockets({ log: silentLog });
const module = new URL('../../../main-services/network/device-socket.ts', import.meta.url).href;
const LO: Nic = (await listNics()).find((nic) => nic.loopback)!;
const GONE: Nic = { ...LO, name: 'nosuchport0', index: 99_999 };

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const failure = (promise: Promise<unknown>): Promise<BootbenchError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error as BootbenchError,
  );

async function udpAnswers(port: number): Promise<string> {
  const client = dgram.createSocket('udp4');
  client.send('ping', port, '127.0.0.1');
  const [message] = (await once(client, 'message')) as [Buffer];
  client.close();
  return message.toString();
}

describe('sockets bound to a device', () => {
  it('a UDP socket on lo hears and answers', async () => {
    const socket = await sockets.udp(LO, 0, { broadcast: true });
    socket.on('message', (message, from) => socket.send(`${message.toString()}-pong`, from.port, from.address));
    expect(socket.address().port).toBeGreaterThan(1023);
    expect(await udpAnswers(socket.address().port)).toBe('ping-pong');
    socket.close();
  });

  it('a UDP socket can hold one address of the device', async () => {
    const socket = await sockets.udp(LO, 0, { address: '127.0.0.3' });
    expect(socket.address().address).toBe('127.0.0.3');
    socket.close();
  });

  it('a TCP server on lo says its port and answers', async () => {
    const server = net.createServer((connection) => connection.end('hello'));
    const port = await sockets.listen(server, LO, 0);
    expect((server.address() as net.AddressInfo).port).toBe(port);
    const [data] = (await once(net.connect(port, '127.0.0.1'), 'data')) as [Buffer];
    expect(data.toString()).toBe('hello');
    server.close();
  });

  it.runIf(process.platform === 'linux')('the kernel shows the device binding', async () => {
    const socket = await sockets.udp(LO, 0);
    const { port } = socket.address();
    const shown = execFileSync('ss', ['-Hlnu', `sport = :${port}`], { encoding: 'utf8' });
    expect(shown).toContain(`0.0.0.0%lo:${port}`);
    socket.close();
  });

  it('a UDP port in use names this program', async () => {
    const first = await sockets.udp(LO, 0);
    const error = await failure(sockets.udp(LO, first.address().port));
    expect(error).toMatchObject({ code: 'E_PORT_IN_USE' });
    expect(error.message).toContain(`this same program (pid ${process.pid})`);
    first.close();
  });

  it('a TCP port in use names the other program', async () => {
    const code = "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})";
    const other = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(other.stdout, 'data')) as [Buffer];
    const error = await failure(sockets.listen(net.createServer(), LO, Number(line.toString())));
    other.kill();
    expect(error).toMatchObject({ code: 'E_PORT_IN_USE' });
    expect(error.message).toContain(`(pid ${other.pid})`);
  });

  it('a program that shares ports cannot take ours', async () => {
    const ours = await sockets.udp(LO, 0);
    const thief = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    const taken = once(thief, 'listening');
    thief.bind(ours.address().port);
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
    ours.close();
  });

  it('a TCP port is free again at once after a restart', async () => {
    const server = net.createServer((connection) => connection.end());
    const port = await sockets.listen(server, LO, 0);
    await once(net.connect(port, '127.0.0.1').resume(), 'close');
    await new Promise((resolve) => server.close(resolve));
    const again = net.createServer();
    expect(await sockets.listen(again, LO, port)).toBe(port);
    again.close();
  });

  it('an unknown device is E_NIC_GONE, and no descriptor stays open', async () => {
    await failure(sockets.udp(GONE, 0));
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      expect(await failure(sockets.udp(GONE, 0))).toMatchObject({ code: 'E_NIC_GONE' });
      expect(await failure(sockets.listen(net.createServer(), GONE, 0))).toMatchObject({ code: 'E_NIC_GONE' });
    }
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('a name with a NUL is not cut to another device’s name', async () => {
    const before = openDescriptors();
    expect(await failure(sockets.udp({ ...LO, name: 'lo\0a' }, 0))).toMatchObject({ code: 'E_NIC_GONE' });
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('a port in use leaves no descriptor open', async () => {
    const first = await sockets.udp(LO, 0);
    const server = net.createServer();
    const tcp = await sockets.listen(server, LO, 0);
    const before = openDescriptors();
    for (let round = 0; round < 5; round++) {
      await failure(sockets.udp(LO, first.address().port));
      await failure(sockets.listen(net.createServer(), LO, tcp));
    }
    expect(openDescriptors()).toBeLessThanOrEqual(before);
    first.close();
    server.close();
  });

  it('a server that listens already is refused without a leak', async () => {
    const server = net.createServer();
    await sockets.listen(server, LO, 0);
    const before = openDescriptors();
    expect(await failure(sockets.listen(server, LO, 0))).toMatchObject({ code: 'E_DEVICE_BIND' });
    expect(openDescriptors()).toBeLessThanOrEqual(before);
    server.close();
  });

  it('an address that the device does not have is said so', async () => {
    const error = await failure(sockets.udp(LO, 0, { address: '198.51.100.7' }));
    expect(error).toMatchObject({ code: 'E_DEVICE_BIND' });
    expect(error.message).toContain('198.51.100.7');
  });

  it('works in a worker thread', async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { deviceSockets } from ${JSON.stringify(module)};
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const socket = await deviceSockets({ log: quiet }).udp(${JSON.stringify(LO)}, 0);
      socket.on('message', (_, from) => socket.send('from the thread', from.port, from.address, () => socket.close()));
      parentPort.postMessage(socket.address().port);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const exited = once(worker, 'exit');
    const [port] = (await once(worker, 'message')) as [number];
    expect(await udpAnswers(port)).toBe('from the thread');
    await exited;
  });
});

/** The lowest port that programs without rights may open here; 0 where the system has no such limit. */
const lowest = existsSync('/proc/sys/net/ipv4/ip_unprivileged_port_start')
  ? Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  : 0;

/** Opens UDP and TCP on lo in a child process without any right; answers `ok` or the error, one line each. */
function asNobody(port: number): { code?: string; message: string }[] {
  const code = `
    import net from 'node:net';
    import { deviceSockets } from ${JSON.stringify(module)};
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const sockets = deviceSockets({ log: quiet });
    const tell = (error) => console.log(JSON.stringify({ code: error.code, message: error.message }));
    await sockets.udp(${JSON.stringify(LO)}, ${port}).then((socket) => { console.log('{"message":"ok"}'); socket.close(); }, tell);
    const server = net.createServer();
    await sockets.listen(server, ${JSON.stringify(LO)}, ${port}).then(() => { console.log('{"message":"ok"}'); server.close(); }, tell);`;
  // Root without a capability, not another user: who may not be able to read the folder that this stands in.
  const drop = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'] : [];
  const [command, ...rest] = [...drop, process.execPath, '--input-type=module', '-e', code];
  return execFileSync(command, rest, { encoding: 'utf8', cwd: '/' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code?: string; message: string });
}

describe('without any right', () => {
  it('a high port opens', () => {
    expect(asNobody(0)).toEqual([{ message: 'ok' }, { message: 'ok' }]);
  });

  it('a port below the system’s limit is E_PORT_PERMISSION with the exact command, else it opens', () => {
    for (const answer of asNobody(67)) {
      if (lowest <= 67) expect(answer.message === 'ok' || answer.code === 'E_PORT_IN_USE').toBe(true);
      else {
        expect(answer.code).toBe('E_PORT_PERMISSION');
        expect(answer.message).toContain('sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67');
      }
    }
  });
});
