import { BootbenchError } from '../../contract/errors.ts';
import type { Handlers } from '../../contract/port.ts';
import type { ParsedInputOf, ProcedureName } from '../../contract/procedures.ts';
import { conditionalWrite } from '../inventory/conditional-write.ts';
import type { Rooms } from './rooms.ts';

type HostCalls = Extract<ProcedureName, `host.${string}` | `lease.${string}`>;

export function hostHandlers(rooms: Rooms): Pick<Handlers, HostCalls> {
  const { inventory, boot, readings } = rooms;
  return {
    'host.list': () => inventory.listHosts(),
    'host.get': ({ name }) => inventory.getHost(name),
    'host.add': (input) => inventory.addHost(input),
    'host.patch': ({ name, patch, ...options }) =>
      conditionalWrite(
        rooms.db,
        options,
        () => inventory.getHost(name),
        () => inventory.patchHost(name, patch),
      ),
    'host.remove': ({ name, ...options }) => {
      const job = rooms.jobs.ofHost(name);
      if (job !== undefined) throw new BootbenchError('E_JOB_RUNNING', `Job ${job} of ${name} is running; cancel it first.`);
      inventory.removeHost(name, options);
      if (options.dryRun === true) return {};
      rooms.bmc.forget(name);
      rooms.chap.forget(name);
      return {};
    },
    'host.assign': ({ host, assignment }) => inventory.assign(host, assignment),
    'host.unassign': ({ host }) => inventory.unassign(host),
    'host.apply': (input) =>
      conditionalWrite(
        rooms.db,
        input,
        () => inventory.getHost(input.name),
        () => applyHost(inventory, input),
      ),
    'host.arguments': ({ host, assignment }) => boot.arguments(host, assignment),
    'host.receipt': ({ host, token }) => boot.receipt(host, token),
    'host.viewSha256': async ({ host, token }) => ({ sha256: await boot.viewSha256(host, token) }),
    'host.mediaUrl': ({ host }) => boot.mediaUrl(host),
    'host.reading': ({ host }) => readings.of(host) ?? null,
    'host.explain': ({ host, arch }) => boot.explain(host, arch),
    'host.confirmIdentity': ({ host }) => inventory.confirmIdentity(host),
    'host.forgetReport': ({ host }) => inventory.forgetReport(host),
    'lease.release': ({ ip }) => {
      rooms.releaseLease(ip);
      return {};
    },
    'host.adopt': ({ mac, name }) => inventory.adopt(mac, name),
  };
}

/** Adds or changes a host and its assignment together: either all of it happens or none. */
function applyHost(
  inventory: Rooms['inventory'],
  input: ParsedInputOf<'host.apply'>,
): { host: ReturnType<Rooms['inventory']['getHost']>; notes: string[] } {
  const { name, add, patch, assignment } = input;
  if (add && add.name !== name) throw new BootbenchError('E_BAD_INPUT', `add.name: "${add.name}" is not "${name}"`);
  if (add) inventory.addHost(add);
  if (patch) inventory.patchHost(name, patch);
  if (assignment) return inventory.assign(name, assignment);
  if (assignment === null && inventory.getHost(name).assignment) return { host: inventory.unassign(name), notes: [] };
  return { host: inventory.getHost(name), notes: [] };
}
