import './iscsi.css';
import type { Host } from '../../../contract/inventory.ts';
import { hostTargetName } from '../../../contract/iscsi.ts';
import { usePortal } from '../../model/iscsi.ts';
import { href } from '../../store/route.ts';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Chap } from './chap.tsx';
import { DEVICES, SESSIONS, TARGET, targetTitle } from './labels.ts';
import { SessionList, useSessions } from './sessions.tsx';

/** A host's ISO as a network disk: its target, who may log in, and who reads it now. */
export function HostIscsi({ host }: { host: Host }) {
  const sessions = useSessions(host.name);
  return (
    <Section id="iscsi" title={TARGET.title} aside={<Service />}>
      <Targets host={host} />
      <Facts host={host} />
      <Chap key={host.name} host={host} />
      {sessions.length === 0 ? <Empty>{SESSIONS.noneOfHost}</Empty> : <SessionList sessions={sessions} />}
    </Section>
  );
}

/** Nothing where it runs. */
function Service() {
  if (usePortal() !== undefined) return null;
  return (
    <>
      <StateMark state="needs">{TARGET.off}</StateMark>{' '}
      <a className="go-link" href={href('network')}>
        {TARGET.offReason}
      </a>
    </>
  );
}

function Targets({ host: { interfaces } }: { host: Host }) {
  return (
    <ul className="iscsi-targets">
      {interfaces.map(({ mac }, index) => (
        <li key={mac} className="labelled">
          <span className="field-label">{targetTitle(interfaces.length, index)}</span>
          <CopyLine text={hostTargetName(mac)} />
        </li>
      ))}
    </ul>
  );
}

/** What is not at its default is shown too. */
function Facts({ host: { iscsi = {} } }: { host: Host }) {
  const portal = usePortal();
  return (
    <dl className="facts">
      {portal !== undefined && (
        <>
          <dt className="quiet">{TARGET.portal}</dt>
          <dd className="mono">{portal}</dd>
        </>
      )}
      <dt className="quiet">{TARGET.device}</dt>
      <dd>{DEVICES[iscsi.device ?? 'cd']}</dd>
      {iscsi.keepSan && (
        <>
          <dt className="quiet">{TARGET.keepSan}</dt>
          <dd>{TARGET.keepsSan}</dd>
        </>
      )}
      {iscsi.initiatorName !== undefined && (
        <>
          <dt className="quiet">{TARGET.initiator}</dt>
          <dd className="mono small fact-long">{iscsi.initiatorName}</dd>
        </>
      )}
    </dl>
  );
}
