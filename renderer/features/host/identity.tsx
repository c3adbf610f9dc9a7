import { useMemo, type ReactNode } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { modelOf } from '../../model/hosts.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Section } from '../../ui/section.tsx';
import { addressLabel, archLabel, IDENTITY, macTitle } from './labels.ts';
import { ReportedIdentity } from './reported-identity.tsx';

/** What this machine is, as far as it has reported. */
export function Identity({ host }: { host: Host }) {
  const { facts, interfaces, vars } = host;
  const machine = modelOf(facts);
  return (
    <Section id="identity" title={IDENTITY.title}>
      <ReportedIdentity host={host} />
      <dl className="facts">
        <Interfaces host={host} />
        <Fact name={IDENTITY.machine}>{machine === '' ? undefined : machine}</Fact>
        <Fact name={IDENTITY.serial}>{facts.serial && <span className="mono">{facts.serial}</span>}</Fact>
        <Fact name={IDENTITY.uuid}>{facts.uuid && <span className="mono fact-long">{facts.uuid}</span>}</Fact>
        <Fact name={IDENTITY.arch}>{archLabel(facts.firmwareArch, host.arch)}</Fact>
        <Fact name={IDENTITY.secureBoot}>{facts.secureBoot}</Fact>
        {interfaces.some(({ allowPXE }) => !allowPXE) && <Fact name={IDENTITY.netboot}>{IDENTITY.netbootLimited}</Fact>}
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
    return (
      <Fact key={mac} name={macTitle(host, index)}>
        <span className="mono">{mac}</span>
        {vendors[mac] !== undefined && <span className="quiet small fact-second">{vendors[mac]}</span>}
        <span className="mono small fact-second">{addressLabel(ip, leased)}</span>
      </Fact>
    );
  });
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="quiet">{name}</dt>
      <dd>{children ?? <span className="quiet">{IDENTITY.unknown}</span>}</dd>
    </>
  );
}
