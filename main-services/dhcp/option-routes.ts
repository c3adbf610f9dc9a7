import { ipText, ipValue, joined } from './options.ts';

export interface ClasslessRoute {
  /** CIDR form, such as 10.0.0.0/8. */
  readonly destination: string;
  readonly router: string;
}

/** Option 121 (RFC 3442): prefix length, as many bytes of the network as it needs, router. Undefined when the bytes do not fit. */
export function decodeRoutes(data: Uint8Array): ClasslessRoute[] | undefined {
  const routes: ClasslessRoute[] = [];
  let at = 0;
  while (at < data.length) {
    const prefix = data[at] ?? 33;
    const significant = Math.ceil(prefix / 8);
    const end = at + 1 + significant + 4;
    if (prefix > 32 || end > data.length) return undefined;
    const network = new Uint8Array(4);
    network.set(data.subarray(at + 1, at + 1 + significant));
    routes.push({ destination: `${ipText(network)}/${prefix}`, router: ipText(data.subarray(end - 4, end)) });
    at = end;
  }
  return routes;
}

export function encodeRoutes(routes: readonly ClasslessRoute[]): Uint8Array {
  return joined(routes.map(encodeRoute));
}

function encodeRoute(route: ClasslessRoute): Uint8Array {
  const [network = '0.0.0.0', prefixText = '32'] = route.destination.split('/');
  const prefix = Number(prefixText);
  const significant = ipValue(network).subarray(0, Math.ceil(prefix / 8));
  return joined([Uint8Array.of(prefix), significant, ipValue(route.router)]);
}
