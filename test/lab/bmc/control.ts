import { createServer } from 'node:http';
import type { FakeBmc, Recorded } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import type { Start } from '../../fixtures/redfish-bmc/power.ts';
import type { Json } from '../../fixtures/redfish-bmc/tree.ts';
import type { Namespace } from '../namespace.ts';
import { pause } from '../process.ts';
import { expectThat } from '../scenario.ts';
import type { LabBmc } from './fake-of.ts';

/** What a fake BMC reports to the lab. */
export interface BmcLog {
  readonly requests: readonly { readonly method: string; readonly path: string; readonly secret: boolean }[];
  /** Requests that would change something. */
  readonly changes: readonly string[];
  readonly starts: readonly Start[];
  /** What is inserted. */
  readonly media: readonly string[];
  readonly power: string;
  readonly boot: Json;
  readonly certificate?: string;
}

/** From the BMC’s port to the one where the lab asks it. */
const BESIDE = 1000;

/** A machine that the BMC was moved to. */
export const OTHER_MACHINE = { uuid: '0badf00d-0b7e-4d21-9c55-7a1de0c0ffee', serial: 'OTHER9001', mac: '52:54:00:77:0b:ad' };

/** How the lab asks a fake BMC that runs in another process: on loopback of its namespace. */
export function serveControl(bmc: LabBmc): void {
  const { fake } = bmc;
  const server = createServer((request, response) => {
    if (request.url === '/renew-certificate') fake.renewCertificate();
    if (request.url === '/other-machine') move(bmc);
    response.end(JSON.stringify(logOf(fake)));
  });
  server.listen(fake.port + BESIDE, '127.0.0.1');
}

function move({ system, port }: LabBmc): void {
  const { uuid, serial, mac } = OTHER_MACHINE;
  Object.assign(system, { UUID: uuid, SerialNumber: serial });
  Object.assign(port, { MACAddress: mac, PermanentMACAddress: mac });
}

export async function askBmc(ns: Namespace, path: '/' | '/renew-certificate' | '/other-machine' = '/', port = 8000): Promise<BmcLog> {
  return JSON.parse(await ns.must(['curl', '-sS', '--fail', `http://127.0.0.1:${port + BESIDE}${path}`])) as BmcLog;
}

/** The BMC's report, once it is the expected one. */
export async function untilBmc(ns: Namespace, wanted: (log: BmcLog) => boolean, message: string): Promise<BmcLog> {
  const end = Date.now() + 60_000;
  for (;;) {
    const log = await askBmc(ns);
    if (wanted(log)) return log;
    expectThat(Date.now() < end, message);
    await pause(100);
  }
}

function logOf(fake: FakeBmc): BmcLog {
  return {
    requests: fake.requests.map((request) => ({ method: request.method, path: request.path, secret: hasSecret(request) })),
    changes: fake.changes().map(({ method, path }) => `${method} ${path}`),
    starts: fake.starts,
    media: fake.slots().flatMap(({ Inserted, Image }) => (Inserted === true ? [String(Image)] : [])),
    power: fake.power(),
    boot: fake.boot(),
    certificate: fake.fingerprint,
  };
}

/** Whether it could be used to log in. */
function hasSecret({ headers, body }: Recorded): boolean {
  return headers.authorization !== undefined || headers['x-auth-token'] !== undefined || body.Password !== undefined;
}
