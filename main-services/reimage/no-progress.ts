import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { At } from './run.ts';
import { READS } from './boot-events.ts';

/** Why a machine did not come as far as it should, from what was seen of it and what its BMC says now. */
export async function explainNoProgress(at: At, events: readonly BenchEvent[]): Promise<BootbenchError> {
  const { job } = at.run;
  const read = events.some(({ type }) => READS.has(type));
  if (job.method === 'virtual-media' && !read) return neverRead(at);
  return new BootbenchError('E_JOB_TIMEOUT', read ? afterReading(job.host, job.image, events) : netbootNoProgress(job.host, events));
}

async function neverRead({ run, signal }: At): Promise<BootbenchError> {
  const { host, mediaUrl = '' } = run.job;
  const override = await run
    .machine(signal)
    .then(({ provider }) => provider.bootOverride(signal))
    .then(
      ({ device, once, efi }) =>
        ` Its boot override reads back ${device ?? 'none'}${once ? ', once' : ''}${efi === false ? ', BIOS' : ''}.`,
      () => '',
    );
  return new BootbenchError(
    'E_BMC_NO_MEDIA_READ',
    `The BMC of ${host} says that ${mediaUrl} is inserted, but nobody has read it since the machine was started; it probably booted its disk.${override}`,
  );
}

function afterReading(host: string, image: string, events: readonly BenchEvent[]): string {
  const last = events.findLast(({ type }) => READS.has(type) || type === 'iso.stalled');
  if (last?.type === 'iso.stalled') return `${last.message} It has lost its medium, or waits for somebody at its screen.`;
  return `${host} read ${image}, but its system never showed itself. The last that was seen: ${last?.message ?? 'nothing'}`;
}

/** How far a netboot came tells what is in its way. Pure. */
export function netbootNoProgress(host: string, events: readonly Pick<BenchEvent, 'type' | 'message'>[]): string {
  const has = (...types: EventType[]): boolean => events.some(({ type }) => types.includes(type));
  const suspected = events.find(({ type }) => type === 'boot.secure-boot-suspected' || type === 'boot.mismatch');
  if (suspected) return `${host} does not boot: ${suspected.message}`;
  if (has('script.served', 'script.refused')) return `${host} has its boot script, but reads nothing of its ISO.`;
  if (has('tftp.completed', 'bootfile.served'))
    return `${host} has its boot file, but never asked for its script: Secure Boot may refuse the file, or the switch is still learning its port.`;
  if (has('dhcp.offer', 'dhcp.ack'))
    return `${host} was offered an address and a boot file, and nothing came after: a firewall on this computer, spanning tree on the switch (use an edge port), or Secure Boot.`;
  if (has('dhcp.discover', 'dhcp.ignored')) return `${host} asked for an address and was given none: see its events for the reason.`;
  return `${host} never asked for an address: check its cable and VLAN, and that its firmware boots from this network port.`;
}
