import './bmc.css';
import { useState } from 'react';
import type { BmcStatus } from '../../../contract/bmc.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { MachineComparison } from '../../../contract/machine-identity.ts';
import { Button } from '../../ui/button.tsx';
import { Comparison } from '../../ui/comparison.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { BmcAccess } from './bmc-access.tsx';
import { useBmc, useBmcs, useLook } from './bmc-context.ts';
import { BmcFacts, BmcHealth } from './bmc-facts.tsx';
import { BmcMedia } from './bmc-media.tsx';
import { PANEL, POWER, powerOf } from './labels.ts';
import { powerActionsOf } from './power-actions.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';

/** A host’s BMC: its address and account, its state, and what it can do. */
export function BmcPanel({ host }: { host: Host }) {
  const { name, bmc } = host;
  const [editing, setEditing] = useState(false);
  useLook(name, bmc !== undefined, 5000);
  const status = useBmc((state) => state.known[name]);
  return (
    <Section id="bmc" title={PANEL.title} aside={bmc && <Now host={name} status={status} />}>
      {!bmc && !editing && (
        <Empty>
          {PANEL.none}
          <br />
          <Button onPress={() => setEditing(true)}>{PANEL.add}</Button>
        </Empty>
      )}
      {bmc && <Details host={host} status={status} />}
      {editing ? (
        <BmcAccess host={host} status={status} onClose={() => setEditing(false)} />
      ) : (
        bmc && (
          <div className="access-line">
            <span className="mono small">{bmc.address}</span>
            <Button onPress={() => setEditing(true)}>{PANEL.editAccess}</Button>
          </div>
        )
      )}
    </Section>
  );
}

/** What was requested, or the state. */
function Now({ host, status }: { host: string; status: BmcStatus | undefined }) {
  const asked = useBmc((state) => state.asked[host]);
  return (
    <span role="status">
      {asked !== undefined ? (
        <StateMark state="working">{asked}</StateMark>
      ) : status === undefined ? (
        PANEL.connecting
      ) : (
        <>
          {status.error ? PANEL.checked : <StateMark state={POWER[status.power].state}>{POWER[status.power].word},</StateMark>}{' '}
          <Ago at={status.checkedAt} />
        </>
      )}
    </span>
  );
}

function Details({ host, status }: { host: Host; status: BmcStatus | undefined }) {
  const { name } = host;
  return (
    <div className="bmc-answers">
      <Refused host={name} />
      {status && <Problem host={name} status={status} />}
      {status?.hasFactoryPassword && (
        <p>
          <StateMark state="needs">{PANEL.factoryPassword}</StateMark> <span className="quiet">{PANEL.factoryPasswordReason}</span>
        </p>
      )}
      <Power host={name} status={status} />
      {status?.warnings?.map((warning) => (
        <p key={warning}>
          <StateMark state="needs">{warning}</StateMark>
        </p>
      ))}
      {status && <BmcFacts status={status} />}
      {status?.comparison && <SameMachine host={name} comparison={status.comparison} />}
      <BmcMedia host={host} status={status} />
      {status?.health && <BmcHealth health={status.health} />}
    </div>
  );
}

/** Why the last request failed, until it is closed. */
function Refused({ host }: { host: string }) {
  const error = useBmc((state) => state.refused[host]);
  const bmcs = useBmcs();
  if (!error) return null;
  return (
    <div className="bmc-refused">
      <Failure error={error} />
      <Button plain onPress={() => bmcs.dismiss(host)}>
        {PANEL.close}
      </Button>
    </div>
  );
}

/** Why the BMC cannot be used: another certificate, no password, or its own error. */
function Problem({ host, status }: { host: string; status: BmcStatus }) {
  const { error, hasPassword } = status;
  if (error?.code === 'E_BMC_CERTIFICATE') return <ChangedCertificate host={host} status={status} error={error} />;
  if (error?.code === 'E_NO_SECRET' || (!error && !hasPassword))
    return (
      <p>
        <StateMark state="needs">{PANEL.noPassword}</StateMark> <span className="quiet">{PANEL.noPasswordNext}</span>
      </p>
    );
  return error ? <Failure error={error} /> : null;
}

function Power({ host, status }: { host: string; status: BmcStatus | undefined }) {
  const bmcs = useBmcs();
  const sheets = useMachineSheets();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  const lit = status?.identifyLed;
  const actions = powerActionsOf(status?.identity);
  return (
    <div className="button-row" role="group" aria-label={powerOf(host)}>
      {actions.some(({ action }) => action === 'on') && (
        <Button isDisabled={isAsked} onPress={() => void bmcs.power(host, 'on')}>
          On
        </Button>
      )}
      <Button isDisabled={isAsked} hint={PANEL.powerHint} onPress={() => sheets.power([host])}>
        {PANEL.power}
      </Button>
      {lit !== undefined && (
        <Button isDisabled={isAsked} hint={PANEL.ledHint} onPress={() => void bmcs.identifyLed(host, !lit)}>
          {lit ? PANEL.ledOff : PANEL.ledOn}
        </Button>
      )}
      <Button isDisabled={isAsked} hint={PANEL.testHint} onPress={() => void bmcs.test(host)}>
        {PANEL.test}
      </Button>
    </div>
  );
}

/** Whether the BMC belongs to this host, by the facts of both; where they leave a doubt, a technician can confirm it. */
function SameMachine({ host, comparison }: { host: string; comparison: MachineComparison }) {
  const bmcs = useBmcs();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  const hasMore = comparison.rows.some(({ fact, machine, verdict }) => fact !== 'mac' && machine.length > 0 && verdict !== 'same');
  return (
    <div>
      <Comparison comparison={comparison} />
      {comparison.kind !== 'same' && hasMore && (
        <Button isDisabled={isAsked} hint={PANEL.takeFactsHint} onPress={() => void bmcs.takeFacts(host)}>
          {PANEL.takeFacts}
        </Button>
      )}
    </div>
  );
}

interface ChangedProps {
  host: string;
  status: BmcStatus;
  error: NonNullable<BmcStatus['error']>;
}

/** Both fingerprints, one below the other, so that the difference is visible. */
function ChangedCertificate({ host, status, error }: ChangedProps) {
  const bmcs = useBmcs();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  const pinned = error.details?.certificate?.pinned ?? status.pinnedCertificate;
  const presented = error.details?.certificate?.presented;
  return (
    <div className="bmc-certificate" role="alert">
      <StateMark state="needs">{PANEL.certificateChanged}</StateMark>
      <p className="quiet">{error.next}</p>
      <dl className="facts">
        <dt className="quiet">{PANEL.certificateTrusted}</dt>
        <dd className="mono small fact-long">{pinned ?? PANEL.certificateNone}</dd>
        <dt className="quiet">{PANEL.certificatePresented}</dt>
        <dd className="mono small fact-long">{presented ?? error.message}</dd>
      </dl>
      <div>
        <Button isDisabled={isAsked} onPress={() => void bmcs.acceptCertificate(host, presented)}>
          {PANEL.acceptCertificate}
        </Button>
      </div>
    </div>
  );
}
