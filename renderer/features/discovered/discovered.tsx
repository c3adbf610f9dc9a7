import './discovered.css';
import { useMemo, useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { Input } from 'react-aria-components/Input';
import { TextField } from 'react-aria-components/TextField';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Discovered as Machine } from '../../../contract/inventory.ts';
import { discoveredDetails } from '../../model/hosts.ts';
import { proposeHostName } from '../../model/propose-name.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';
import { ADD_HOST, ADDING, ADOPT, NAME_PLACEHOLDER, nameFor, NO_DETAILS, NONE, showMore, TITLE } from './labels.ts';

/** Rows shown at first, and added with each press on “Show … more”. */
const ROWS_PER_PAGE = 25;

/** Machines that asked to boot and are not hosts yet. */
export function Discovered() {
  const discovered = useAppStore((state) => state.discovered);
  const machines = useMemo(() => Object.values(discovered).sort((a, b) => b.lastSeen - a.lastSeen), [discovered]);
  const [shown, setShown] = useState(ROWS_PER_PAGE);
  const macs = useMemo(() => machines.slice(0, shown).map(({ mac }) => mac), [machines, shown]);
  const vendors = useVendors(macs);
  return (
    <Section id="discovered" title={TITLE} aside={machines.length > 0 ? machines.length : undefined}>
      {machines.length === 0 ? (
        <Empty>{NONE}</Empty>
      ) : (
        <ul>
          {machines.slice(0, shown).map((machine) => (
            <Row key={machine.mac} machine={machine} vendor={vendors[machine.mac]} />
          ))}
        </ul>
      )}
      {machines.length > shown && (
        <Button plain onPress={() => setShown(shown + ROWS_PER_PAGE)}>
          {showMore(Math.min(ROWS_PER_PAGE, machines.length - shown))}
        </Button>
      )}
    </Section>
  );
}

function Row({ machine, vendor }: { machine: Machine; vendor: string | undefined }) {
  const [naming, setNaming] = useState(false);
  const { mac, lastSeen } = machine;
  return (
    <li className="discovered">
      <span className="discovered-mac">
        <span className="mono">{mac}</span>
        {vendor !== undefined && (
          <span className="quiet small" title={vendor}>
            {vendor}
          </span>
        )}
      </span>
      <span className="discovered-what">
        {discoveredDetails(machine, machine.vendorClass) || <span className="quiet">{NO_DETAILS}</span>}
      </span>
      <span className="quiet">
        <Ago at={lastSeen} />
      </span>
      {naming ? (
        <AdoptForm machine={machine} vendor={vendor} onCancel={() => setNaming(false)} />
      ) : (
        <Button onPress={() => setNaming(true)}>{ADOPT}</Button>
      )}
    </li>
  );
}

interface FormProps {
  machine: Machine;
  vendor: string | undefined;
  onCancel: () => void;
}

/** Asks for the name only, and proposes one. */
function AdoptForm({ machine, vendor, onCancel }: FormProps) {
  const call = useCall();
  const hosts = useAppStore((state) => state.hosts);
  const [name, setName] = useState(() => proposeHostName(machine, vendor, (taken) => taken in hosts));
  const [error, setError] = useState<ErrorBody>();
  const [asked, setAsked] = useState(false);
  const adopt = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    const answer = await call('host.adopt', { mac: machine.mac, name: name.trim() });
    setAsked(false);
    if (!answer.ok) setError(answer.error);
  };
  return (
    <Form className="adopt" validationBehavior="aria" onSubmit={(event) => void adopt(event)}>
      <TextField
        aria-label={nameFor(machine.mac)}
        value={name}
        onChange={setName}
        autoFocus
        isRequired
        onKeyDown={(event) => (event.key === 'Escape' ? onCancel() : event.continuePropagation())}
      >
        <Input className="input" placeholder={NAME_PLACEHOLDER} onFocus={(event) => event.currentTarget.select()} />
      </TextField>
      <Button main type="submit" isDisabled={asked}>
        {asked ? ADDING : ADD_HOST}
      </Button>
      {error && <Failure error={error} />}
    </Form>
  );
}
