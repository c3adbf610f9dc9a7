import { describe, expect, it } from 'vitest';
import { routeSource, routeTo } from '../../../main-services/network/route-source.ts';

describe('the route to an address', () => {
  it('has the source that the system would send from, and the port that owns it', async () => {
    expect(await routeSource('127.0.0.1')).toBe('127.0.0.1');
    const route = await routeTo('127.0.0.9');
    expect(route).toMatchObject({ kind: 'route', to: '127.0.0.9', source: '127.0.0.1' });
    expect(route.kind === 'route' && route.nic).toMatch(/^lo/);
  });

  it('is none where the system does not send', async () => {
    expect(await routeSource('255.255.255.255')).toBeUndefined();
    expect(await routeTo('255.255.255.255')).toEqual({ kind: 'none', message: 'this computer has no route to 255.255.255.255.' });
  });

  it('takes names, and says when nobody knows one', async () => {
    expect(await routeTo('localhost')).toMatchObject({ kind: 'route', to: '127.0.0.1' });
    const none = await routeTo('nobody.invalid');
    expect(none.kind === 'none' && none.message).toContain('nobody.invalid');
  });
});
