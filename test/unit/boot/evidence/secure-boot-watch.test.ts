import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchSecureBoot } from '../../../../main-services/boot/evidence/secure-boot-watch.ts';
import { MAC, openData, type DataFixture } from '../../../fixtures/data-fixture.ts';

let bench: DataFixture;
let stop: () => void;
beforeEach(() => {
  bench = openData();
  stop = watchSecureBoot(bench.activity, bench.clock);
});
afterEach(() => {
  stop();
  bench.dispose();
});
const read = (file: string) =>
  bench.activity.record({ type: 'tftp.completed', mac: MAC, ip: '192.168.88.50', message: 'read', data: { file } });
const suspected = () => bench.activity.history({ limit: 10 }).filter(({ type }) => type === 'boot.secure-boot-suspected').length;

describe('a loader that was read and never heard of again', () => {
  it('is probably refused by Secure Boot', () => {
    read('ipxe.efi');
    bench.clock.advance(14_999);
    expect(suspected()).toBe(0);
    bench.clock.advance(1);
    expect(suspected()).toBe(1);
  });
  it('is fine when the machine asks DHCP again', () => {
    read('ipxe.efi');
    bench.activity.record({ type: 'dhcp.discover', mac: MAC, message: 'again' });
    bench.clock.advance(60_000);
    expect(suspected()).toBe(0);
  });
  it('is fine when its address asks for anything', () => {
    read('ipxe.efi');
    bench.activity.record({ type: 'script.served', ip: '192.168.88.50', message: 'script' });
    bench.clock.advance(60_000);
    expect(suspected()).toBe(0);
  });
  it.each(['shimx64.efi', 'grubx64.efi', 'undionly.kpxe'])('says nothing about %s', (file) => {
    read(file);
    bench.clock.advance(60_000);
    expect(suspected()).toBe(0);
  });
});
