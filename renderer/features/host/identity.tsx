import { useMemo, type ReactNode } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Section } from '../../ui/section.tsx';
import { archWords } from './host-facts.ts';
import { ReportedIdentity } from './reported-identity.tsx';

/** What this machine is, as far as it has said. */
export function Identity({ host }: { host: Host }) {
  const { facts, interfaces, vars } = host;
  const machine = [facts.manufacturer, facts.product].filter((part) => part !== undefined).join(' ');
  return (
    <Section id="identity" title="Identity">
      <ReportedIdentity host={host} />
      <dl className="facts">
        <Interfaces host={host} />
        <Fact name="Machine">{machine === '' ? undefined : machine}</Fact>
        <Fact name="Serial">{facts.serial && <span className="mono">{facts.serial}</span>}</Fact>
        <Fact name="UUID">{facts.uuid && <span className="mono fact-long">{facts.uuid}</span>}</Fact>
        <Fact name="Architecture">{archWords(facts.firmwareArch, host.arch)}</Fact>
        <Fact name="Secure Boot">{facts.secureBoot}</Fact>
        {interfaces.some(({ allowPXE }) => !allowPXE) && <Fact name="Netboot">not allowed on every interface</Fact>}
        {Object.entries(vars).map(([name, value]) => (
          <Fact key={name} name={name}>
            <span className="mono">{value}</span>
          </Fact>
        ))}
      </dl>
    </Section>
  );
}

function Interfaces({ host }: { host: Host }) {
  const leases = useAppStore((state) => state.leases);
  const macs = useMemo(() => host.interfaces.map(({ mac }) => mac), [host.interfaces]);
  const vendors = useVendors(macs);
  return host.interfaces.map(({ mac, ip }, index) => {
    const leased = Object.values(leases).find((lease) => lease.mac === mac && lease.state === 'bound')?.ip;
    const address = ip === undefined ? (leased === undefined ? 'no address yet' : `${leased}, leased`) : `${ip}, reserved`;
    return (
      <Fact key={mac} name={host.interfaces.length === 1 ? 'MAC' : `MAC ${index + 1}`}>
        <span className="mono">{mac}</span>
        {vendors[mac] !== undefined && <span className="quiet small fact-second">{vendors[mac]}</span>}
        <span className="mono small fact-second">{address}</span>
      </Fact>
    );
  });
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="quiet">{name}</dt>
      <dd>{children ?? <span className="quiet">not said yet</span>}</dd>
    </>
  );
}
