import '../reading/reading.css';
import { useState } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import type { PatchReceipt, Reading } from '../../../contract/views.ts';
import { formatRate, percentOf } from '../../format/bytes.ts';
import { isAbout } from '../../model/hosts.ts';
import { baseName, isMoving } from '../../model/moving.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore, useNow } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago, TimeOfDay } from '../../ui/time.tsx';
import { type FileLine, fileLines, type Mark, wholeOf } from '../reading/file-lines.ts';
import { moreFilesLabel, ownFileTitle, READ_MARKS, readingLabel, READS, stripLabel } from './labels.ts';
import { Strip } from '../reading/strip.tsx';

/** What the machine has read of its ISO: the strip from first byte to last, and the files that matter. */
export function Reads({ host, receipt }: { host: Host; receipt: PatchReceipt | undefined }) {
  const moving = useAppStore((state) => state.progress.find((each) => each.key.startsWith('iso:') && isAbout(each, host)));
  const newestEvent = useAppStore(
    (state) => state.events.find(({ type, host: name }) => name === host.name && type.startsWith('iso.'))?.seq ?? 0,
  );
  const second = Math.floor((moving?.at ?? 0) / 1000);
  const { value: reading, error } = useAnswer('host.reading', { host: host.name }, { again: `${newestEvent} ${second}` });
  return (
    <Section id="reads" title={READS.title} aside={reading && <BootTimes reading={reading} />}>
      {error && <Failure error={error} />}
      {reading === undefined && !error && <Empty>{READS.loading}</Empty>}
      {reading === null && <Empty>{READS.none}</Empty>}
      {reading && (
        <>
          <Stalled reading={reading} />
          <Whole reading={reading} moving={moving} />
          <Files reading={reading} receipt={receipt} />
        </>
      )}
    </Section>
  );
}

function BootTimes({ reading: { startedAt, lastAt } }: { reading: Reading }) {
  return (
    <>
      from <TimeOfDay at={startedAt} />, last <Ago at={lastAt} />
    </>
  );
}

function Stalled({ reading: { host, stalledSince } }: { reading: Reading }) {
  if (stalledSince === undefined) return null;
  return (
    <p className="reading-stall" role="status">
      <StateMark state="needs">
        {host} {READS.stalled} <TimeOfDay at={stalledSince} />.
      </StateMark>{' '}
      <span className="quiet">{READS.stalledNext}</span>
    </p>
  );
}

function Whole({ reading, moving }: { reading: Reading; moving: Parameters<typeof wholeOf>[1] }) {
  const { covered, size, rate, strip } = wholeOf(reading, moving);
  const share = `${percentOf(covered, size)} %`;
  const movesNow = isMoving(moving, useNow()) && rate > 0;
  return (
    <>
      <p className="reading-numbers">
        <span className="reading-what" title={moving?.part?.name}>
          {movesNow && moving?.part ? readingLabel(baseName(moving.part.name)) : reading.image}
        </span>
        <span className="mono">{movesNow ? formatRate(rate) : ''}</span>
        <span>
          <span className="mono">{share}</span> <span className="quiet">{READS.ofImage}</span>
        </span>
      </p>
      <Strip strip={strip} label={stripLabel(share, reading.image)} />
    </>
  );
}

const SHAPES: Record<Mark, string> = { read: '✓', now: '◐', part: '◐', none: '○' };
const MAX_FILES_FOLDED = 12;

function Files({ reading, receipt }: { reading: Reading; receipt: PatchReceipt | undefined }) {
  const [all, setAll] = useState(false);
  const now = useNow();
  const lines = fileLines(reading, receipt, now);
  const shown = all ? lines : lines.slice(0, MAX_FILES_FOLDED);
  const more = lines.length - MAX_FILES_FOLDED;
  if (lines.length === 0) return null;
  return (
    <>
      <ul className="reading-files small" aria-label={READS.files}>
        {shown.map((line) => (
          <FileItem key={line.path} line={line} />
        ))}
      </ul>
      {more > 0 && (
        <Button plain onPress={() => setAll(!all)} aria-expanded={all}>
          {all ? READS.fewer : moreFilesLabel(more)}
        </Button>
      )}
    </>
  );
}

function FileItem({ line: { path, mark, word, own } }: { line: FileLine }) {
  return (
    <li className={`reading-file reading-file-${mark}`} title={own ? ownFileTitle(path) : path}>
      <span role="img" aria-label={READ_MARKS[mark]}>
        {SHAPES[mark]}
      </span>{' '}
      {baseName(path)}
      {own && READS.own}
      {mark === 'now' || mark === 'part' ? <span className="mono"> {word}</span> : mark === 'none' && ` ${word}`}
    </li>
  );
}
