import './discovered.css';
import { useMemo, useState, type SubmitEvent } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Discovered as Machine } from '../../../contract/inventory.ts';
import { useBench, useCall } from '../../store/use-bench.ts';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';

/** Machines that asked to boot and are no hosts yet. */
export function Discovered() {
  const discovered = useBench((state) => state.discovered);
  const machines = useMemo(() => Object.values(discovered).sort((a, b) => b.lastSeen - a.lastSeen), [discovered]);
  return (
    <Section id="discovered" title="Asked to boot, not known" aside={machines.length > 0 ? machines.length : undefined}>
      {machines.length === 0 ? (
        <Empty>Machines that ask for an address here appear by themselves.</Empty>
      ) : (
        <ul>
          {machines.map((machine) => (
            <Row key={machine.mac} machine={machine} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Row({ machine }: { machine: Machine }) {
  const [naming, setNaming] = useState(false);
  return (
    <li className="discovered">
      <span className="mono">{machine.mac}</span>
      <span className="discovered-what">{whatItIs(machine)}</span>
      <span className="quiet">
        <Ago at={machine.lastSeen} />
      </span>
      {naming ? <AdoptForm mac={machine.mac} onCancel={() => setNaming(false)} /> : <button onClick={() => setNaming(true)}>Adopt</button>}
    </li>
  );
}

function whatItIs({ facts, vendorClass, address }: Machine): string {
  const named = [facts.manufacturer, facts.product].filter((part) => part !== undefined).join(' ');
  const serial = facts.serial === undefined ? undefined : `serial ${facts.serial}`;
  return [named || vendorClass, serial, address].filter((part) => part !== undefined).join(' · ');
}

function AdoptForm({ mac, onCancel }: { mac: string; onCancel: () => void }) {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const adopt = async (name: string): Promise<void> => {
    const answer = await call('host.adopt', { mac, name });
    if (!answer.ok) setError(answer.error);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get('name');
    if (typeof name === 'string') void adopt(name.trim());
  };
  return (
    <form className="adopt" onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && onCancel()}>
      <input name="name" aria-label={`Name for ${mac}`} placeholder="Name" autoFocus required />
      <button className="main">Add host</button>
      {error && <Failure error={error} />}
    </form>
  );
}
