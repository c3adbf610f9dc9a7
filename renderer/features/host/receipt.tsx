import '../reading/reading.css';
import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import type { PatchReceipt, ReceiptFile } from '../../../contract/views.ts';
import { formatBytes, formatExactBytes } from '../../format/bytes.ts';
import { formatNumber } from '../../format/count.ts';
import type { Answered } from '../../store/use-answer.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Fold } from '../../ui/fold.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { TimeOfDay } from '../../ui/time.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { computeHint, computingLabel, differingLines, filesDiffer, linesDiffer, PATCHES, PATCH_PLACES, RECEIPT } from './labels.ts';

interface Props {
  host: Host;
  receipt: Answered<PatchReceipt>;
  /** Called once a view exists. */
  onCreated: () => void;
}

/** What differs in this host’s ISO, byte by byte, and whether the machine has read it. */
export function Receipt({ host, receipt: { value: receipt, error }, onCreated }: Props) {
  const none = error?.code === 'E_VIEW_GONE';
  return (
    <Section id="receipt" title={RECEIPT.title} aside={receipt && !none && filesDiffer(receipt.files)}>
      {none && <CreateUrl host={host} onCreated={onCreated} />}
      {error && !none && <Failure error={error} />}
      {!receipt && !error && <Empty>{RECEIPT.loading}</Empty>}
      {receipt && !none && <Known key={receipt.token} receipt={receipt} />}
    </Section>
  );
}

/** A view is created when the machine requests it, or here to mount it at a BMC. */
function CreateUrl({ host, onCreated }: { host: Host; onCreated: () => void }) {
  const call = useCall();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const boots = host.assignment !== undefined && host.assignment.image !== LOCAL_BOOT;
  const compute = async (): Promise<void> => {
    setAsked(true);
    const answer = await call('host.mediaUrl', { host: host.name });
    setAsked(false);
    setError(answer.ok ? undefined : answer.error);
    if (answer.ok) onCreated();
  };
  return (
    <>
      <Empty>{boots ? RECEIPT.noUrl : RECEIPT.noImage}</Empty>
      {boots && (
        <Button isDisabled={asked} onPress={() => void compute()}>
          {asked ? RECEIPT.creatingUrl : RECEIPT.createUrl}
        </Button>
      )}
      {error && <Failure error={error} />}
    </>
  );
}

function Known({ receipt }: { receipt: PatchReceipt }) {
  const { files, notes, patchedReadAt, configReadAt } = receipt;
  const injects = files.some(({ what }) => what === 'injected');
  return (
    <>
      <p>
        {patchedReadAt === undefined ? (
          <StateMark state="off">{RECEIPT.notRead}</StateMark>
        ) : (
          <StateMark state="ready">
            The machine read its patched data at <TimeOfDay at={patchedReadAt} />.
          </StateMark>
        )}
      </p>
      {injects && (
        <p>
          {configReadAt === undefined ? (
            <StateMark state="off">{RECEIPT.configNotRead}</StateMark>
          ) : (
            <StateMark state="ready">
              It read its config from the ISO at <TimeOfDay at={configReadAt} />.
            </StateMark>
          )}
        </p>
      )}
      {notes.map((note) => (
        <p key={note} className="receipt-notes">
          <StateMark state="needs">{note}</StateMark>
        </p>
      ))}
      <Fold title={RECEIPT.details}>
        <Facts receipt={receipt} />
        <ul aria-label={RECEIPT.files}>
          {files.map((file) => (
            <Differs key={`${file.where} ${file.path} ${file.offset}`} file={file} />
          ))}
        </ul>
      </Fold>
    </>
  );
}

function Facts({ receipt: { url, size, etag, createdAt, host, token, sha256 } }: { receipt: PatchReceipt }) {
  return (
    <dl className="receipt-facts">
      <dt className="quiet">{RECEIPT.url}</dt>
      <dd>
        <CopyLine text={url} />
      </dd>
      <dt className="quiet">{RECEIPT.created}</dt>
      <dd>
        <TimeOfDay at={createdAt} />, {formatBytes(size)} <span className="quiet mono">{formatExactBytes(size)}</span>
      </dd>
      <dt className="quiet">{RECEIPT.etag}</dt>
      <dd className="mono small">{etag}</dd>
      <dt className="quiet">{RECEIPT.sha256}</dt>
      <dd>
        <Sha256 host={host} token={token} size={size} known={sha256} />
      </dd>
    </dl>
  );
}

/** Computed on request only: it reads the complete ISO. */
function Sha256({ host, token, size, known }: { host: string; token: string; size: number; known: string | undefined }) {
  const call = useCall();
  const [computed, setComputed] = useState(known);
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const compute = async (): Promise<void> => {
    setAsked(true);
    setError(undefined);
    const answer = await call('host.viewSha256', { host, token });
    setAsked(false);
    if (answer.ok) setComputed(answer.value.sha256);
    else setError(answer.error);
  };
  const sha256 = computed ?? known;
  if (sha256 !== undefined) return <CopyLine text={sha256} />;
  return (
    <>
      <Button isDisabled={asked} onPress={() => void compute()} hint={computeHint(size)}>
        {asked ? computingLabel(size) : RECEIPT.computeSha256}
      </Button>
      {error && <Failure error={error} />}
    </>
  );
}

function Differs({ file }: { file: ReceiptFile }) {
  const { path, where, what, offset, before, after, changes = [] } = file;
  return (
    <li className="receipt-file">
      <div className="receipt-head">
        <span className="mono receipt-path">{path === '' ? '/' : path}</span>
        <span className="small receipt-what" title={PATCHES[what].reason}>
          {PATCHES[what].label}
          {where !== 'iso' && <span className="quiet"> {PATCH_PLACES[where]}</span>}
        </span>
        <span className="mono small receipt-number">
          {formatNumber(before)} → {formatExactBytes(after)}
        </span>
        <span className="mono small quiet receipt-number">at {formatNumber(offset)}</span>
      </div>
      {changes.length > 0 && (
        <Fold title={linesDiffer(changes.length)}>
          <Diff path={path} changes={changes} />
        </Fold>
      )}
    </li>
  );
}

function Diff({ path, changes }: { path: string; changes: NonNullable<ReceiptFile['changes']> }) {
  return (
    <div className="diff mono small" role="group" aria-label={differingLines(path)}>
      {changes.map(({ line, before, after }) => (
        <div key={line} className="diff-pair">
          <span className="quiet diff-line">{line}</span>
          <span role="img" aria-label={RECEIPT.before}>
            −
          </span>
          <del className="diff-text">{before}</del>
          <span className="diff-line" aria-hidden="true" />
          <span role="img" aria-label={RECEIPT.after} className="diff-after">
            +
          </span>
          <ins className="diff-text diff-after">{after}</ins>
        </div>
      ))}
    </div>
  );
}
