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
import { changedCertificate, POWER, verbsFor } from './bmc-labels.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';

/** A host’s BMC: how to reach it, what it says, what can be asked of it. */
export function BmcPanel({ host }: { host: Host }) {
  const { name, bmc } = host;
  const [editing, setEditing] = useState(false);
  useLook(name, bmc !== undefined, 5000);
  const status = useBmc((state) => state.known[name]);
  return (
    <Section id="bmc" title="BMC" aside={bmc && <Now host={name} status={status} />}>
      {!bmc && !editing && (
        <Empty>
          No BMC is known. With one, Bootbench switches the machine on and off, shows it a CD and boots it from there once.{' '}
          <Button onPress={() => setEditing(true)}>Add its BMC…</Button>
        </Empty>
      )}
      {bmc && <Answers host={host} status={status} />}
      {editing ? (
        <BmcAccess host={host} status={status} onClose={() => setEditing(false)} />
      ) : (
        bmc && (
          <div className="bmc-access-line">
            <span className="mono small">{bmc.address}</span>
            <Button onPress={() => setEditing(true)}>Address and password…</Button>
          </div>
        )
      )}
    </Section>
  );
}

/** What was asked, or how it is. */
function Now({ host, status }: { host: string; status: BmcStatus | undefined }) {
  const asked = useBmc((state) => state.asked[host]);
  return (
    <span role="status">
      {asked !== undefined ? (
        <StateMark state="working">{asked}</StateMark>
      ) : status === undefined ? (
        'asking its BMC …'
      ) : (
        <>
          {status.error ? 'asked' : <StateMark state={POWER[status.power].state}>{POWER[status.power].word},</StateMark>}{' '}
          <Ago at={status.checkedAt} />
        </>
      )}
    </span>
  );
}

function Answers({ host, status }: { host: Host; status: BmcStatus | undefined }) {
  const { name } = host;
  const refused = useBmc((state) => state.refused[name]);
  const bmcs = useBmcs();
  const changed = status && changedCertificate(status);
  const lacksPassword = status && (status.error?.code === 'E_NO_SECRET' || (!status.error && !status.hasPassword));
  return (
    <div className="bmc-answers">
      {refused && (
        <div className="bmc-refused">
          <Failure error={refused} />
          <Button plain onPress={() => bmcs.dismiss(name)}>
            Close
          </Button>
        </div>
      )}
      {status?.error && !changed && !lacksPassword && <Failure error={status.error} />}
      {changed && <ChangedCertificate host={name} error={status.error} {...changed} />}
      {lacksPassword && (
        <p>
          <StateMark state="needs">No password is known for it.</StateMark> <span className="quiet">Enter it below.</span>
        </p>
      )}
      {status?.hasFactoryPassword && (
        <p>
          <StateMark state="needs">It still has its factory password.</StateMark>{' '}
          <span className="quiet">Whoever is on its network knows it: set another one on the BMC.</span>
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

function Power({ host, status }: { host: string; status: BmcStatus | undefined }) {
  const bmcs = useBmcs();
  const sheets = useMachineSheets();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  const lit = status?.identifyLed;
  const verbs = verbsFor(status?.identity);
  return (
    <div className="power-verbs" role="group" aria-label={`Power of ${host}`}>
      {verbs.some(({ action }) => action === 'on') && (
        <Button isDisabled={isAsked} onPress={() => void bmcs.power(host, 'on')}>
          On
        </Button>
      )}
      <Button isDisabled={isAsked} hint="Shut down, off, cycle, reset: P" onPress={() => sheets.power([host])}>
        Power…
      </Button>
      {lit !== undefined && (
        <Button
          isDisabled={isAsked}
          hint="A light on its front and back, to find it in a rack"
          onPress={() => void bmcs.identifyLed(host, !lit)}
        >
          {lit ? 'Put out its light' : 'Light it up'}
        </Button>
      )}
      <Button isDisabled={isAsked} hint="Asks who it is and what it can do" onPress={() => void bmcs.test(host)}>
        Test connection
      </Button>
    </div>
  );
}

/** Whose BMC it is, by the facts of both sides; where they leave a doubt, a person may say that it is this machine’s. */
function SameMachine({ host, comparison }: { host: string; comparison: MachineComparison }) {
  const bmcs = useBmcs();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  const hasMore = comparison.rows.some(({ fact, machine, verdict }) => fact !== 'mac' && machine.length > 0 && verdict !== 'same');
  return (
    <div>
      <Comparison comparison={comparison} />
      {comparison.kind !== 'same' && hasMore && (
        <Button isDisabled={isAsked} hint="Its UUID and serial number replace those of this host" onPress={() => void bmcs.takeFacts(host)}>
          It is this machine: take over the BMC’s facts
        </Button>
      )}
    </div>
  );
}

interface ChangedProps {
  host: string;
  error: BmcStatus['error'];
  pinned: string | undefined;
  shown: string | undefined;
}

/** Both fingerprints, one below the other, so that what differs is seen. */
function ChangedCertificate({ host, error, pinned, shown }: ChangedProps) {
  const bmcs = useBmcs();
  const isAsked = useBmc((state) => state.asked[host] !== undefined);
  return (
    <div className="bmc-certificate" role="alert">
      <StateMark state="needs">The BMC’s certificate has changed.</StateMark>
      <p className="quiet">{error?.next}</p>
      <dl className="facts">
        <dt className="quiet">Trusted</dt>
        <dd className="mono small fact-long">{pinned ?? 'none'}</dd>
        <dt className="quiet">Shown now</dt>
        <dd className="mono small fact-long">{shown ?? error?.message}</dd>
      </dl>
      <div>
        <Button isDisabled={isAsked} onPress={() => void bmcs.acceptCertificate(host, shown)}>
          Accept new certificate
        </Button>
      </div>
    </div>
  );
}
