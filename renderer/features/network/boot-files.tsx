import { useEffect, useState } from 'react';
import type { BootFileStatus } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark, type State } from '../../ui/state.tsx';
import { BootFilesSheet } from './boot-files-sheet.tsx';
import { factsOf, FROM_SOURCE } from './labels.ts';
import { usePreflight, type Preflight } from '../../model/use-preflight.ts';

const ORIGINS: Record<BootFileStatus['origin'], { state: State; word: string }> = {
  verified: { state: 'ready', word: 'verified' },
  package: { state: 'ready', word: 'signed package' },
  source: { state: 'ready', word: 'confirmed' },
  other: { state: 'ready', word: 'your own' },
  missing: { state: 'needs', word: 'missing' },
};

/** The loaders that machines get first; what a missing one costs, and how to get it. */
export function BootFiles() {
  const preflight = usePreflight();
  const { files, error: unread } = useBootFiles(preflight.checks);
  const error = unread ?? preflight.error;
  const [isChoosing, setChoosing] = useState(false);
  return (
    <Section
      id="boot-files"
      title="Boot files"
      aside={
        <div className="boot-files-actions">
          <Button onPress={() => setChoosing(true)}>{FROM_SOURCE}</Button>
          <GetThem preflight={preflight} />
        </div>
      }
    >
      {files ? <Table files={files} /> : !error && <Empty>Checking the boot files…</Empty>}
      {error && <Failure error={error} />}
      {isChoosing && <BootFilesSheet onClose={() => setChoosing(false)} onInstalled={() => void preflight.look()} />}
    </Section>
  );
}

function Table({ files }: { files: readonly BootFileStatus[] }) {
  if (files.length === 0) return <Empty>The catalogue of boot files is empty.</Empty>;
  return (
    <table className="boot-files">
      <thead>
        <tr>
          <th className="boot-files-name">File</th>
          <th className="boot-files-state">State</th>
          <th className="boot-files-hash">SHA-256</th>
          <th>For</th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ name, arch, origin, sha256, from, cost, facts }) => (
          <tr key={name}>
            <td className="mono">{name}</td>
            <td>
              <StateMark state={ORIGINS[origin].state}>{ORIGINS[origin].word}</StateMark>
            </td>
            <td className="mono" title={sha256}>
              {sha256?.slice(0, 12)}
            </td>
            <td className="wraps">
              {arch}
              {origin !== 'missing' && <span className="boot-files-facts small">{factsOf(facts)}</span>}
              <span className={origin === 'missing' ? 'boot-files-cost' : 'boot-files-from quiet small'} title={from}>
                {origin === 'missing' ? cost : from}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Shown where this installation can get them itself. */
function GetThem({ preflight: { checks, asked, fix } }: { preflight: Preflight }) {
  const progress = useAppStore((state) => state.progress.find(({ key }) => key.startsWith('boot-files')));
  const check = checks?.find(({ id }) => id === 'boot-files');
  const button = check?.state === 'ok' ? undefined : check?.fix?.button;
  if (button === undefined) return undefined;
  return (
    <Button main isDisabled={asked !== undefined} onPress={() => void fix('boot-files')}>
      {progress?.message ?? (asked === undefined ? button : 'Saving…')}
    </Button>
  );
}

/** Asked again when the checklist is: a file that was fetched or dropped in shows. */
function useBootFiles(checks: Preflight['checks']): { files: readonly BootFileStatus[] | undefined; error: ErrorBody | undefined } {
  const call = useCall();
  const [files, setFiles] = useState<readonly BootFileStatus[]>();
  const [error, setError] = useState<ErrorBody>();
  useEffect(() => {
    void call('appliance.bootFiles', {}).then((answer) => {
      if (answer.ok) setFiles(answer.value);
      setError(answer.ok ? undefined : answer.error);
    });
  }, [call, checks]);
  return { files, error };
}
