import './doctor.css';
import { useCallback, useEffect, useState } from 'react';
import type { DoctorCheck } from '../../../contract/doctor.ts';
import { errorBody, type ErrorBody } from '../../../contract/errors.ts';
import { href } from '../../store/route.ts';
import { useCall, useStream } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Failure } from '../../ui/failure.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark, type State } from '../../ui/state.tsx';
import { bundleName, DOCTOR, summary } from './labels.ts';

const STATES: Record<DoctorCheck['state'], State> = { ok: 'ready', warning: 'needs', failed: 'failed' };

/** What `bootbench doctor` says of this computer, and the support bundle. */
export function DoctorView() {
  const { checks, error, isAsked, ask } = useDoctor();
  return (
    <div className="columns doctor">
      <div className="view">
        <Section
          id="doctor"
          title={DOCTOR.title}
          aside={
            <Button isDisabled={isAsked} onPress={() => void ask()}>
              {isAsked ? DOCTOR.asking : DOCTOR.again}
            </Button>
          }
        >
          {error && <Failure error={error} />}
          {checks ? <Checks checks={checks} /> : !error && <Empty>{DOCTOR.checking}</Empty>}
        </Section>
      </div>
      <div className="view" role="region" tabIndex={0} aria-label={DOCTOR.bundle}>
        <Bundle />
      </div>
    </div>
  );
}

function Checks({ checks }: { checks: readonly DoctorCheck[] }) {
  const count = (state: DoctorCheck['state']): number => checks.filter((check) => check.state === state).length;
  return (
    <>
      <p className="doctor-summary" role="status">
        {summary(count('failed'), count('warning'), checks.length)}
      </p>
      <ul>
        {checks.map(({ id, state, message, code, next }) => (
          <li key={id} id={`doctor-${id}`} className="doctor-check">
            <StateMark state={STATES[state]}>{message}</StateMark>
            {code !== undefined && (
              <p className="doctor-next">
                <span className="quiet">{next}</span>{' '}
                <a className="code-link mono small" href={href('help', code)}>
                  {code}
                </a>
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Bundle() {
  const stream = useStream();
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const save = async (): Promise<void> => {
    setSaving(true);
    setError(undefined);
    try {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for await (const piece of stream('appliance.supportBundle', {}, new AbortController().signal)) pieces.push(bytesOf(piece));
      saveFile(bundleName(new Date()), new Blob(pieces, { type: 'application/gzip' }));
    } catch (thrown) {
      setError(errorBody(thrown));
    }
    setSaving(false);
  };
  return (
    <Section id="support" title={DOCTOR.bundle}>
      <div className="doctor-bundle">
        <p>{DOCTOR.about}</p>
        <p>
          <Button main isDisabled={isSaving} onPress={() => void save()}>
            {isSaving ? DOCTOR.saving : DOCTOR.save}
          </Button>
        </p>
        {error && <Failure error={error} />}
        <p className="quiet">{DOCTOR.terminal}</p>
        <CopyLine text="bootbench doctor" />
        <CopyLine text="bootbench support-bundle bundle.tar.gz" />
      </div>
    </Section>
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Asked when the view opens, and on demand. */
function useDoctor() {
  const call = useCall();
  const [checks, setChecks] = useState<readonly DoctorCheck[]>();
  const [error, setError] = useState<ErrorBody>();
  const [isAsked, setAsked] = useState(true);
  const receive = useCallback(async (): Promise<void> => {
    const answer = await call('appliance.doctor', {});
    if (answer.ok) setChecks(answer.value);
    setError(answer.ok ? undefined : answer.error);
    setAsked(false);
  }, [call]);
  useEffect(() => {
    // The answer comes after this render.
    const timer = setTimeout(() => void receive());
    return () => clearTimeout(timer);
  }, [receive]);
  const ask = (): Promise<void> => {
    setAsked(true);
    return receive();
  };
  return { checks, error, isAsked, ask };
}
