import { useEffect, useRef } from 'react';
import { href, useRoute } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import type { ImportItem } from './import-item.ts';
import { argumentSupport, takesArguments, summaryOf } from './labels.ts';
import { useImports, useQueue } from './imports-context.ts';
import { MovingBar, movingOf } from './moving.tsx';

/** What was dropped is told on every view: how far it is, what was found, or why it failed. The Images view has rows for it. */
export function ImportNotices() {
  const items = useQueue((state) => state.items);
  const onImages = useRoute().view === 'images';
  const shown = items.filter(({ state }) => state === 'done' || state === 'failed' || (state === 'running' && !onImages));
  const waiting = onImages ? 0 : items.filter(({ state }) => state === 'waiting').length;
  if (shown.length === 0) return null;
  return (
    <section className="notices" aria-label="Imports">
      {shown.map((item) => (
        <Notice key={item.id} item={item} waiting={item.state === 'running' ? waiting : 0} />
      ))}
    </section>
  );
}

function Notice({ item, waiting }: { item: ImportItem; waiting: number }) {
  if (item.state === 'done') return <Arrived item={item} />;
  if (item.state === 'failed') return <Failed item={item} />;
  return <OnItsWay item={item} waiting={waiting} />;
}

function OnItsWay({ item, waiting }: { item: ImportItem; waiting: number }) {
  const progress = useAppStore((state) => state.progress.find(({ key }) => key === `import:${item.name}`));
  return (
    <div className="notice">
      <StateMark state={item.problem === undefined ? 'working' : 'needs'}>
        {item.problem ?? <>Adding {item.name}</>}
        {waiting > 0 && <span className="quiet">, {waiting} more after it</span>}
      </StateMark>
      <MovingBar moving={movingOf(item, progress)} label={`Import of ${item.name}`} />
      <p className="notice-actions">
        <a className="notice-numbers" href={href('images')}>
          Show Images
        </a>
      </p>
    </div>
  );
}

/** Long enough to be read; the image says the same on its page. */
const GOOD_NEWS = 20_000;

function Arrived({ item }: { item: ImportItem }) {
  const { id } = item;
  const queue = useImports();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!box.current?.matches(':hover, :focus-within')) queue.dismiss(id);
    }, GOOD_NEWS);
    return () => clearInterval(timer);
  }, [queue, id]);
  const image = useAppStore((state) => state.images[item.name]);
  const dismiss = (): void => queue.dismiss(id);
  return (
    <div ref={box} className="notice" role="status">
      <StateMark state="ready">{item.name} is in the library.</StateMark>
      {image && <p>{summaryOf(image.index)}</p>}
      {image && (
        <p className="quiet">
          {takesArguments(image.index) ? argumentSupport(image.index) : <StateMark state="needs">{argumentSupport(image.index)}</StateMark>}
        </p>
      )}
      <p className="notice-actions">
        <a className="notice-numbers" href={href('images', item.name)} onClick={dismiss}>
          Open {item.name}
        </a>
        <Button plain onPress={dismiss}>
          Close
        </Button>
      </p>
    </div>
  );
}

function Failed({ item }: { item: ImportItem }) {
  const queue = useImports();
  return (
    <div className="notice">
      <p>{item.name} was not added.</p>
      {item.error && <Failure error={item.error} />}
      <p className="notice-actions">
        <Button onPress={() => queue.dismiss(item.id)}>Close</Button>
        <Button onPress={() => queue.retry(item.id)}>Try again</Button>
      </p>
    </div>
  );
}
