import { ipValue, joined } from './options.ts';

export interface ClasslessRoute {
  /** CIDR form, such as 10.0.0.0/8. */
  readonly destination: string;
  readonly router: string;
}

/** Option 121 (RFC 3442): prefix length, as many bytes of the network as it needs, router. */
export function encodeRoutes(routes: readonly ClasslessRoute[]): Uint8Array {
  return joined(routes.map(encodeRoute));
}

function encodeRoute(route: ClasslessRoute): Uint8Array {
  const [network = '0.0.0.0', prefixText = '32'] = route.destination.split('/');
  const prefix = Number(prefixText);
  const significant = ipValue(network).subarray(0, Math.ceil(prefix / 8));
  return joined([Uint8Array.of(prefix), significant, ipValue(route.router)]);
}
