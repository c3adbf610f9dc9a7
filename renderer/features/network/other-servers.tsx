import { useState } from 'react';
import type { OtherDhcpServer } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { noOtherServer, OTHER_SERVERS } from './labels.ts';
import { useChosenNic } from './nic-choice.tsx';

/** Who else answers DHCP on this port: what was noticed lately, and a look on demand. */
export function OtherServers() {
  const nic = useChosenNic()?.name;
  const { looking, others, error, look } = useLook();
  const aside = (
    <Button plain isDisabled={looking || nic === undefined} onPress={() => nic !== undefined && void look(nic)}>
      {looking ? OTHER_SERVERS.scanning : OTHER_SERVERS.scan}
    </Button>
  );
  return (
    <Section id="other-servers" title={OTHER_SERVERS.title} aside={aside}>
      {others ? <Found others={others} nic={nic} /> : <Noticed />}
      {error && <Failure error={error} />}
    </Section>
  );
}

function Found({ others, nic }: { others: readonly OtherDhcpServer[]; nic: string | undefined }) {
  if (others.length === 0) return <Empty>{noOtherServer(nic)}</Empty>;
  return (
    <ul>
      {others.map(({ address, proxy, message: sentence }) => (
        <li key={`${address} ${proxy}`} className="other-server">
          <StateMark state={proxy ? 'off' : 'needs'}>{sentence}</StateMark>
        </li>
      ))}
    </ul>
  );
}

/** What the running service noticed by itself. */
function Noticed() {
  const event = useAppStore((state) => state.events.find(({ type }) => type === 'dhcp.other-server'));
  if (!event) return <Empty>{OTHER_SERVERS.none}</Empty>;
  return (
    <p className="other-server">
      <StateMark state="needs">
        <span>
          {event.message}{' '}
          <span className="quiet">
            <Ago at={event.at} />
          </span>
        </span>
      </StateMark>
    </p>
  );
}

function useLook() {
  const call = useCall();
  const [looking, setLooking] = useState(false);
  const [others, setOthers] = useState<readonly OtherDhcpServer[]>();
  const [error, setError] = useState<ErrorBody>();
  const look = async (nic: string): Promise<void> => {
    setLooking(true);
    const answer = await call('appliance.probe', { nic });
    setLooking(false);
    setOthers(answer.ok ? answer.value : undefined);
    setError(answer.ok ? undefined : answer.error);
  };
  return { looking, others, error, look };
}
