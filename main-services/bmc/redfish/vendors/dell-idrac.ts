import { at, record, text } from '../http/json.ts';
import type { Machine, Quirks, RedfishContext } from '../machine.ts';

export const DELL_IDRAC: Quirks = {
  vendor: 'Dell',
  // SerialNumber is the board’s; SMBIOS, and so the netboot, has the service tag.
  otherSerials: (system) => [text(system.SKU)].filter((tag) => tag !== undefined),
  licence: 'iDRAC Enterprise',
  // iDRAC10 boots slot 1 only, and lists its slots in no order (ironic af0b9751d, bug 2125571).
  rank: ({ id }) => (id === '1' ? 0 : 1),
  bootCdOnce: idracBefore6BootsVirtualCd,
  mediaHint: ({ firmware }) =>
    firmware === '5.10.10.00'
      ? 'iDRAC 5.10.10.00 cannot mount images; update it (jetlag#286).'
      : 'On the iDRAC, Virtual Media must be Attached or AutoAttach, with the HTML5 plug-in.',
};

const IMPORT = '#OemManager.ImportSystemConfiguration';

/** For iDRAC8 and iDRAC9 before 6.00, Cd is the drive of the machine; the virtual one is VCD-DVD (sushy oem/dell; iDRAC-Redfish-Scripting#90). */
async function idracBefore6BootsVirtualCd({ client, machine, signal }: RedfishContext): Promise<string | undefined> {
  const manager = machine.managers[0];
  const target = manager && importTarget(manager.doc.Actions);
  if (major(machine) >= 6 || target === undefined) return undefined;
  const attribute = (name: string, value: string): string => `<Attribute Name="ServerBoot.1#${name}">${value}</Attribute>`;
  const attributes = attribute('BootOnce', 'Enabled') + attribute('FirstBootDevice', 'VCD-DVD');
  const ImportBuffer = `<SystemConfiguration><Component FQDD="iDRAC.Embedded.1">${attributes}</Component></SystemConfiguration>`;
  const answer = await client.post(target, { ShareParameters: { Target: 'ALL' }, ImportBuffer }, signal);
  if (!answer.ok) throw client.refused(answer, { what: 'boot its virtual CD once' });
  return 'This iDRAC is older than 6.00: the virtual CD was chosen by a configuration import, which cannot be read back.';
}

function importTarget(actions: unknown): string | undefined {
  const oem = record(at(actions, 'Oem'));
  const name = Object.keys(oem).find((key) => key.endsWith(IMPORT));
  return name === undefined ? undefined : text(at(oem, name, 'target'));
}

function major({ firmware }: Machine): number {
  const number = Number.parseInt(firmware ?? '', 10);
  return Number.isNaN(number) ? 6 : number;
}
