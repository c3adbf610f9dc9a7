import net from 'node:net';
import { once } from 'node:events';
import type { Nic, Settings } from '../../contract/appliance.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import { silentLog } from '../../contract/runtime.ts';
import { deviceSockets } from '../network/device-socket.ts';
import { nicNamed } from '../network/nic-problem.ts';
import { listNics } from '../network/nics.ts';
import { portHolder } from '../network/port-owner.ts';
import { NO_NIC_CHOSEN, UNKNOWN_HOLDER } from '../network/sentences.ts';
import { openAndClose } from '../preflight/port-facts.ts';
import { portName } from '../preflight/sentences.ts';
import { attempt, failed, passed, warned, wordsOf } from './check.ts';
import * as sentences from './sentences.ts';

type Service = 'dhcp' | 'tftp' | 'http' | 'iscsi';

export interface PortChecksOptions {
  readonly settings: Settings;
  readonly nic: string | undefined;
  /** Where a service of this program listens already: its port is not tried. */
  readonly portOf: (service: Service) => number | undefined;
}

/** Whether each port of the boot plane can be opened on the NIC, bound to it as the services do. */
export async function checkPorts({ settings, nic: name, portOf }: PortChecksOptions): Promise<DoctorCheck[]> {
  if (name === undefined) return [warned('nic', new BootbenchError('E_NIC_UNKNOWN', NO_NIC_CHOSEN, { next: sentences.CHOOSE_NIC }))];
  const sockets = deviceSockets({ log: silentLog });
  let nic: Nic;
  try {
    nic = nicNamed(await listNics(), name);
  } catch (error) {
    return [failed('nic', error)];
  }
  return Promise.all(
    portsOf(settings).map(({ service, protocol, port }) => {
      const id = `port-${service}`;
      const own = portOf(service);
      const words = portName(service, protocol, own ?? port);
      return attempt(id, async () => {
        if (own !== undefined) return passed(id, sentences.portServed(words));
        await openAndClose(sockets, nic, { protocol, port });
        return passed(id, sentences.portOpens(words, nic.name));
      });
    }),
  );
}

function portsOf({ dhcp, dhcpPort, tftpPort, httpPort, iscsiPort }: Settings) {
  return [
    ...(dhcp === 'off' ? [] : [{ service: 'dhcp' as const, protocol: 'udp' as const, port: dhcpPort }]),
    { service: 'tftp' as const, protocol: 'udp' as const, port: tftpPort },
    { service: 'http' as const, protocol: 'tcp' as const, port: httpPort },
    { service: 'iscsi' as const, protocol: 'tcp' as const, port: iscsiPort },
  ];
}

/** Whether the address of the UI and the CLI is free. Not for a Bootbench that runs: it is its own there. */
export function checkApiPort({ api: { host, port } }: Pick<Settings, 'api'>): Promise<DoctorCheck> {
  const id = 'port-api';
  const where = `${host}:${port}`;
  const check = async (): Promise<DoctorCheck> => {
    const server = net.createServer((connection) => connection.destroy());
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return passed(id, sentences.apiPortFree(where));
  };
  return check().catch(async (error: unknown) => {
    const next = sentences.CHOOSE_API_PORT;
    if (errnoOf(error) !== 'EADDRINUSE')
      return failed(id, new BootbenchError('E_PORT_PERMISSION', sentences.apiPortFails(where, wordsOf(error)), { next }));
    const holder = (await portHolder('tcp', port)) ?? UNKNOWN_HOLDER;
    return failed(id, new BootbenchError('E_PORT_IN_USE', sentences.apiPortInUse(where, holder), { next }));
  });
}
