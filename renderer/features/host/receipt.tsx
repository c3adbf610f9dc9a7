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
import { Command } from '../network/command.tsx';
import { countWords, WHAT, WHERE } from './receipt-labels.ts';

interface Props {
  host: Host;
  receipt: Answered<PatchReceipt>;
  /** A view is there now, where there was none. */
  onMade: () => void;
}

/** What differs in this host’s ISO, byte by byte, and whether the machine has read it. */
export function Receipt({ host, receipt: { value: receipt, error }, onMade }: Props) {
  const none = error?.code === 'E_VIEW_GONE';
  return (
    <Section id="receipt" title="What differs in its ISO" aside={receipt && !none && countWords(receipt.files)}>
      {none && <MakeUrl host={host} onMade={onMade} />}
      {error && !none && <Failure error={error} />}
      {!receipt && !error && <Empty>Asked for its patch receipt …</Empty>}
      {receipt && !none && <Known key={receipt.token} receipt={receipt} />}
    </Section>
  );
}

/** A view is made when the machine asks for it, or for a person who mounts it at a BMC. */
function MakeUrl({ host, onMade }: { host: Host; onMade: () => void }) {
  const call = useCall();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const boots = host.assignment !== undefined && host.assignment.image !== LOCAL_BOOT;
  const make = async (): Promise<void> => {
    setAsked(true);
    const answer = await call('host.mediaUrl', { host: host.name });
    setAsked(false);
    setError(answer.ok ? undefined : answer.error);
    if (answer.ok) onMade();
  };
  return (
    <>
      <Empty>
        {boots ? 'Its ISO is made when the machine asks, or now for you to mount at its BMC.' : 'It boots its own disk: it gets no ISO.'}
      </Empty>
      {boots && (
        <Button isDisabled={asked} onPress={() => void make()}>
          {asked ? 'Asked for its ISO …' : 'Make its ISO’s URL'}
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
          <StateMark state="off">The machine has not read its own sectors yet.</StateMark>
        ) : (
          <StateMark state="ready">
            The machine read its own sectors at <TimeOfDay at={patchedReadAt} />.
          </StateMark>
        )}
      </p>
      {injects && (
        <p>
          {configReadAt === undefined ? (
            <StateMark state="off">It has not read its config from the ISO.</StateMark>
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
      <Fold title="Its files, address and checksum">
        <Facts receipt={receipt} />
        <ul aria-label="Files that differ">
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
      <dt className="quiet">URL</dt>
      <dd>
        <Command text={url} />
      </dd>
      <dt className="quiet">Made</dt>
      <dd>
        <TimeOfDay at={createdAt} />, {formatBytes(size)} <span className="quiet mono">{formatExactBytes(size)}</span>
      </dd>
      <dt className="quiet">ETag</dt>
      <dd className="mono small">{etag}</dd>
      <dt className="quiet">SHA-256</dt>
      <dd>
        <Sha256 host={host} token={token} size={size} known={sha256} />
      </dd>
    </dl>
  );
}

/** Made only when somebody asks: the whole ISO is read for it. */
function Sha256({ host, token, size, known }: { host: string; token: string; size: number; known: string | undefined }) {
  const call = useCall();
  const [made, setMade] = useState(known);
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const make = async (): Promise<void> => {
    setAsked(true);
    setError(undefined);
    const answer = await call('host.viewSha256', { host, token });
    setAsked(false);
    if (answer.ok) setMade(answer.value.sha256);
    else setError(answer.error);
  };
  const sha256 = made ?? known;
  if (sha256 !== undefined) return <Command text={sha256} />;
  return (
    <>
      <Button isDisabled={asked} onPress={() => void make()} hint={`Reads all ${formatBytes(size)} once`}>
        {asked ? `Asked; reading ${formatBytes(size)} …` : 'Make the SHA-256 of this view'}
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
        <span className="small receipt-what" title={WHAT[what].reason}>
          {WHAT[what].word}
          {where !== 'iso' && <span className="quiet"> {WHERE[where]}</span>}
        </span>
        <span className="mono small receipt-number">
          {formatNumber(before)} → {formatExactBytes(after)}
        </span>
        <span className="mono small quiet receipt-number">at {formatNumber(offset)}</span>
      </div>
      {changes.length > 0 && (
        <Fold title={changes.length === 1 ? '1 line differs' : `${changes.length} lines differ`}>
          <Diff path={path} changes={changes} />
        </Fold>
      )}
    </li>
  );
}

function Diff({ path, changes }: { path: string; changes: NonNullable<ReceiptFile['changes']> }) {
  return (
    <div className="diff mono small" role="group" aria-label={`Lines of ${path} that differ`}>
      {changes.map(({ line, before, after }) => (
        <div key={line} className="diff-pair">
          <span className="quiet diff-line">{line}</span>
          <span role="img" aria-label="before">
            −
          </span>
          <del className="diff-text">{before}</del>
          <span className="diff-line" aria-hidden="true" />
          <span role="img" aria-label="after" className="diff-after">
            +
          </span>
          <ins className="diff-text diff-after">{after}</ins>
        </div>
      ))}
    </div>
  );
}
