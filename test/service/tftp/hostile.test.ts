import { expect, it } from 'vitest';
import { pattern, RawClient, startTftpServer, WAYS } from './tftp-server.ts';

const DATAGRAMS = 100_000;

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Mostly noise; often with the beginning of a real packet, so that the noise gets past the first check. */
function datagram(below: (limit: number) => number): Uint8Array {
  const bytes = Uint8Array.from({ length: below(4) === 0 ? below(1400) : below(40) }, () => below(256));
  const text =
    [
      '\0\x01',
      '\0\x01ipxe.efi\0octet\0',
      '\0\x01ipxe.efi\0octet\0blksize\0',
      '\0\x02x\0octet\0',
      '\0\x04',
      '\0\x05',
      '\0\x06',
      '\0\x03',
      '',
    ][below(9)] ?? '';
  return Buffer.concat([Buffer.from(text, 'latin1'), bytes]);
}

it.each(WAYS)(
  '%s: 100,000 random datagrams at the port of requests and at those of transfers: nothing throws, and it still serves',
  async (way) => {
    const file = pattern(50_000);
    const bench = await startTftpServer({ way, files: { 'ipxe.efi': file } });
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    process.on('uncaughtException', onFailure).on('unhandledRejection', onFailure);
    const below = random(69);
    const victim = await RawClient.open(bench.port);
    victim.ask('ipxe.efi');
    const { port: transfer } = await victim.next();
    const noisy = await Promise.all(Array.from({ length: 8 }, () => RawClient.open(bench.port)));
    for (let sent = 0; sent < DATAGRAMS; sent++) {
      const bytes = datagram(below);
      noisy[sent % noisy.length]?.send(bytes, below(4) === 0 ? transfer : bench.port);
      // Loopback drops what a full socket buffer cannot take; a pause lets every datagram arrive.
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const good = await RawClient.open(bench.port);
    const { bytes } = await good.read('ipxe.efi', [['blksize', '1024']]);
    expect(bytes.equals(file)).toBe(true);
    [victim, good, ...noisy].forEach((client) => client.close());
    await bench.stop();
    process.off('uncaughtException', onFailure).off('unhandledRejection', onFailure);
    expect(failures).toEqual([]);
    expect([bench.openSockets(), bench.openSources()]).toEqual([-1, 0]);
  },
  120_000,
);
