import { describe, expect, it } from 'vitest';
import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import { filtered, isTrouble } from '../../../renderer/features/events/event-filter.ts';

const event = (type: EventType, data: BenchEvent['data'] = {}): BenchEvent => ({ seq: 1, at: 0, type, message: '', data });

describe('problems', () => {
  it.each<EventType>(['dhcp.nak', 'dhcp.conflict', 'tftp.aborted', 'iso.refused', 'boot.mismatch', 'service.down', 'image.import-failed'])(
    '%s is one',
    (type) => expect(isTrouble(event(type))).toBe(true),
  );
  it.each<EventType>(['dhcp.ack', 'dhcp.ignored', 'tftp.missed', 'boot.complete', 'service.up'])('%s is none', (type) =>
    expect(isTrouble(event(type))).toBe(false),
  );
  it('being ignored is one when a code says that something has to be done', () => {
    expect(isTrouble(event('dhcp.ignored', { code: 'E_DHCP_POOL_FULL' }))).toBe(true);
  });
  it('the filter keeps only them', () => {
    const events = [event('dhcp.ack'), event('dhcp.nak')];
    expect(filtered(events, 'problems')).toEqual([events[1]]);
    expect(filtered(events, 'all')).toBe(events);
  });
});
