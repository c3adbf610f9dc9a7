import { Cell, Row } from 'react-aria-components/Table';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useImports } from './imports-context.ts';
import { MovingBar, movingOf } from './moving.tsx';
import type { ImageRow } from './use-rows.ts';
import { forgetUpload } from './unfinished-uploads.ts';

/** A row that is on its way: where an image's facts will stand are its bar, rate and time left. */
export function ImportCells({ row }: { row: ImageRow }) {
  const { item, progress, name } = row;
  const moving = movingOf(item, progress ?? (item ? undefined : stoppedProgress(row)));
  return (
    <Row id={row.id} className="list-row">
      <Cell>
        <span className="list-name" title={name}>
          {name}
        </span>
      </Cell>
      <Cell>
        <MovingBar moving={moving} label={`Import of ${name}`} />
      </Cell>
      <Cell className="images-import-words" colSpan={2}>
        <Words row={row} text={moving.text} />
      </Cell>
      <Cell>
        <Actions row={row} label={labelOf(row)} />
      </Cell>
    </Row>
  );
}

function labelOf({ item, progress, stopped }: ImageRow): string {
  if (item?.state === 'failed') return 'Remove';
  return stopped && !item && !progress ? 'Remove partial file' : 'Cancel';
}

function stoppedProgress({ name, stopped }: ImageRow) {
  return stopped && { key: name, message: 'stopped', done: stopped.received, total: stopped.size, at: 0 };
}

function Words({ row: { item, progress, stopped }, text }: { row: ImageRow; text: string }) {
  if (item?.state === 'failed') return <StateMark state="failed">{item.error?.message ?? 'failed'}</StateMark>;
  if (item?.problem !== undefined) return <StateMark state="needs">{item.problem}</StateMark>;
  if (!item && !progress && stopped) return <StateMark state="needs">Stopped. Drop {stopped.fileName} again to continue.</StateMark>;
  return <StateMark state={item?.state === 'waiting' ? 'off' : 'working'}>{text}</StateMark>;
}

function Actions({ row: { item, name }, label }: { row: ImageRow; label: string }) {
  const queue = useImports();
  const call = useCall();
  const cancel = (): void => {
    forgetUpload(name);
    if (item) queue.cancel(item.id);
    else void call('image.cancelImport', { name });
  };
  return (
    <span className="images-actions">
      {item?.state === 'failed' && <Button onPress={() => queue.retry(item.id)}>Try again</Button>}
      <Button onPress={cancel} aria-label={`${label}: ${name}`}>
        {label}
      </Button>
    </span>
  );
}
