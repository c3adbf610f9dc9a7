import './network.css';
import { useAppStore } from '../../store/use-store.ts';
import { Section } from '../../ui/section.tsx';
import { Sessions } from '../iscsi/sessions.tsx';
import { Services } from '../services/services.tsx';
import { AddressOffer } from './address-offer.tsx';
import { BootFiles } from './boot-files.tsx';
import { DhcpSettings } from './dhcp-settings.tsx';
import { Leases } from './leases.tsx';
import { NicChoice, useChosenNic } from './nic-choice.tsx';
import { addressWords, nicFacts } from './labels.ts';
import { OtherServers } from './other-servers.tsx';
import { Overrides } from './overrides.tsx';
import { Packets } from './packets.tsx';
import { Protection } from './protection.tsx';
import { useSettings } from './use-settings.ts';

/** Left what is set, right what is seen. */
export function NetworkView() {
  const known = useSettings();
  return (
    <div className="network-columns">
      <div className="view">
        <Port />
        <DhcpSettings known={known} />
        <Services />
      </div>
      <div className="view">
        <Leases />
        <Sessions />
        <OtherServers />
        <Protection />
        <Packets />
        <BootFiles />
        <Overrides known={known} />
      </div>
    </div>
  );
}

function Port() {
  const nic = useChosenNic();
  const bootUrl = useAppStore((state) => state.status?.bootUrl);
  const facts = nic ? nicFacts(nic) : [];
  if (bootUrl !== undefined) facts.push({ word: 'Boot URL', value: bootUrl, mono: true });
  return (
    <Section id="port" title="Network port">
      <NicChoice />
      {nic && addressWords(nic) === undefined && <AddressOffer key={nic.name} nic={nic.name} />}
      <dl className="port-facts">
        {facts.map(({ word, value, mono }) => (
          <Fact key={word} word={word} value={value} mono={mono} />
        ))}
      </dl>
    </Section>
  );
}

function Fact({ word, value, mono }: { word: string; value: string; mono?: boolean | undefined }) {
  return (
    <>
      <dt>{word}</dt>
      <dd className={mono ? 'mono' : undefined}>{value}</dd>
    </>
  );
}
