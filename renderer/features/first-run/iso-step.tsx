import { FileTrigger } from 'react-aria-components/FileTrigger';
import { go } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useImports, useQueue } from '../images/imports-context.ts';
import { inLibrary, ISO } from './labels.ts';
import { Step } from './step.tsx';

/** The first thing to boot: dropped or chosen, then on its way while the bench is shown already. */
export function IsoStep({ isOpen }: { isOpen: boolean }) {
  return (
    <Step number={3} question={ISO.question} isOpen={isOpen}>
      <Iso />
    </Step>
  );
}

function Iso() {
  const queue = useImports();
  const isOnItsWay = useQueue(({ items }) => items.some(({ state }) => state === 'waiting' || state === 'running'));
  const first = useAppStore(({ images }) => Object.keys(images)[0]);
  const isReady = first !== undefined || isOnItsWay;
  return (
    <>
      <p className="iso-drop">
        {isReady ? (
          <StateMark state={first === undefined ? 'working' : 'ready'}>{first === undefined ? ISO.adding : inLibrary(first)}</StateMark>
        ) : (
          ISO.drop
        )}
      </p>
      <p className="question-ways">
        {isReady && <ToBench main>{ISO.toBench}</ToBench>}
        <FileTrigger
          acceptedFileTypes={['.iso', '.img']}
          allowsMultiple
          onSelect={(files) => {
            if (files) queue.offer([...files]);
          }}
        >
          <Button main={!isReady}>{isReady ? ISO.chooseAnother : ISO.choose}</Button>
        </FileTrigger>
        {!isReady && <ToBench>{ISO.skip}</ToBench>}
      </p>
    </>
  );
}

function ToBench({ main, children }: { main?: boolean; children: string }) {
  return (
    <Button main={main ?? false} onPress={() => go('bench')}>
      {children}
    </Button>
  );
}
