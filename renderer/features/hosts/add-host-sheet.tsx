import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { parseMac } from '../../../contract/primitives.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { ADD, CANCEL, knownMac } from './labels.ts';
import { faultsOf } from './host-form.ts';

/** Adds a machine that has not asked to boot yet, by name and MAC. */
export function AddHostSheet({ onClose }: { onClose: () => void }) {
  const call = useCall();
  const [name, setName] = useState('');
  const [mac, setMac] = useState('');
  const [ip, setIp] = useState('');
  const [faults, setFaults] = useState<ReturnType<typeof faultsOf>>({ at: {} });
  const [asked, setAsked] = useState(false);

  const add = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    const address = ip.trim() === '' ? undefined : ip.trim();
    const answer = await call('host.add', { name: name.trim(), interfaces: [{ mac: mac.trim(), ip: address }] });
    setAsked(false);
    if (answer.ok) onClose();
    else setFaults(faultsOf(answer.error, [{ mac: mac.trim(), ip: ip.trim() }]));
  };

  return (
    <Sheet title={ADD.title} isOpen onClose={onClose}>
      <Form className="sheet-form" validationBehavior="aria" onSubmit={(event) => void add(event)}>
        <Field label={ADD.name} autoFocus value={name} onChange={setName} placeholder="r750-03" error={faults.at.name} />
        <Field
          label={ADD.mac}
          mono
          value={mac}
          onChange={setMac}
          placeholder="52:54:00:12:34:56"
          help={useMacHelp(mac)}
          error={faults.at['interfaces.0.mac']}
        />
        <Field label={ADD.address} mono value={ip} onChange={setIp} help={ADD.addressHelp} error={faults.at['interfaces.0.ip']} />
        {faults.rest && <Failure error={faults.rest} />}
        <SheetActions>
          <Button onPress={onClose}>{CANCEL}</Button>
          <Button main type="submit" isDisabled={asked}>
            {asked ? ADD.busy : ADD.submit}
          </Button>
        </SheetActions>
      </Form>
    </Sheet>
  );
}

const NO_MACS: readonly string[] = [];

/** The MAC as it was parsed, and its vendor. */
function useMacHelp(text: string): string {
  const mac = parseMac(text.trim());
  const [macs, setMacs] = useState(NO_MACS);
  if (mac !== undefined && macs[0] !== mac) setMacs([mac]);
  const vendors = useVendors(macs);
  if (mac === undefined) return ADD.macHelp;
  return knownMac(mac, vendors[mac]);
}
