import { useState } from 'react';
import type { BmcStatus, MediaSlot } from '../../../contract/bmc.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { useBmc, useBmcs } from './bmc-context.ts';
import { isoFor, MEDIA, mediaOf, selfTestSummary, slotTypes } from './labels.ts';

/** The virtual CD drives of a BMC, and the URL of the ISO for mounting it on the BMC’s own page. */
export function BmcMedia({ host, status }: { host: Host; status: BmcStatus | undefined }) {
  const { name, bmc } = host;
  const isBusy = useBmc((state) => state.asked[name] !== undefined);
  const slots = status?.slots;
  const hasMedia = status?.identity?.media;
  return (
    <div className="bmc-media" role="group" aria-label={mediaOf(name)}>
      {slots?.map((slot) => (
        <Slot key={slot.id} slot={slot} />
      ))}
      {hasMedia === false && <p className="quiet">{MEDIA.unsupported}</p>}
      <div className="button-row">
        {hasMedia !== false && <MediaActions host={host} slots={slots} isBusy={isBusy} />}
        <MediaUrl host={host} isDisabled={isoOf(host) === undefined} />
      </div>
      {bmc && hasMedia === true && <SelfTest host={host} isDisabled={isBusy} />}
    </div>
  );
}

interface ActionsProps {
  host: Host;
  slots: readonly MediaSlot[] | undefined;
  isBusy: boolean;
}

function MediaActions({ host, slots, isBusy }: ActionsProps) {
  const { name } = host;
  const bmcs = useBmcs();
  const iso = isoOf(host);
  return (
    <>
      <Button
        isDisabled={isBusy || iso === undefined}
        hint={iso === undefined ? MEDIA.insertFirst : isoFor(iso, name)}
        onPress={() => void bmcs.media(name, 'insert')}
      >
        {MEDIA.insert}
      </Button>
      <Button isDisabled={isBusy || !canEject(slots)} onPress={() => void bmcs.media(name, 'eject')}>
        {MEDIA.eject}
      </Button>
    </>
  );
}

/** The ISO that the host is assigned; undefined where it boots its own disk. */
function isoOf({ assignment }: Host): string | undefined {
  return assignment?.image === LOCAL_BOOT ? undefined : assignment?.image;
}

/** Also while the slots are unknown. */
function canEject(slots: readonly MediaSlot[] | undefined): boolean {
  return slots === undefined || slots.some(({ inserted, console }) => inserted && console !== true);
}

/** How the BMC reads ISOs: tested with a small one, and stored with the host. */
function SelfTest({ host: { name, bmc }, isDisabled }: { host: Host; isDisabled: boolean }) {
  const bmcs = useBmcs();
  const found = bmc?.selfTest;
  return (
    <div className="bmc-media">
      {found && (
        <Fold title={selfTestSummary(found)}>
          <ul className="bmc-trials">
            {found.trials.map(({ scheme, form, outcome, message: sentence }) => (
              <li key={`${scheme} ${form}`} className="small">
                <StateMark state={outcome === 'read' ? 'ready' : 'needs'}>{sentence}</StateMark>
              </li>
            ))}
          </ul>
          <p className="quiet small">
            {MEDIA.tested} <Ago at={found.testedAt} />
          </p>
        </Fold>
      )}
      <div>
        <Button isDisabled={isDisabled} hint={MEDIA.testHint} onPress={() => void bmcs.selfTest(name)}>
          {MEDIA.test}
        </Button>
      </div>
    </div>
  );
}

function Slot({ slot }: { slot: MediaSlot }) {
  const { name, inserted, image, console } = slot;
  return (
    <p className="bmc-slot">
      <StateMark state={inserted ? 'ready' : 'off'}>{name}</StateMark>{' '}
      <span className="quiet small">
        {console === true ? MEDIA.usedByConsole : inserted ? MEDIA.inserted : MEDIA.empty}, {slotTypes(slot)}
      </span>
      {inserted && image !== undefined && <span className="mono small bmc-slot-image">{image}</span>}
    </p>
  );
}

type UrlState = { url: string } | { error: ErrorBody } | 'pending' | undefined;

function MediaUrl({ host, isDisabled }: { host: Host; isDisabled: boolean }) {
  const call = useCall();
  const [state, setState] = useState<UrlState>();
  const show = async (): Promise<void> => {
    setState('pending');
    const result = await call('host.mediaUrl', { host: host.name });
    setState(result.ok ? { url: result.value.url } : { error: result.error });
  };
  if (state === undefined || state === 'pending')
    return (
      <Button isDisabled={isDisabled || state === 'pending'} hint={MEDIA.showUrlHint} onPress={() => void show()}>
        {state === 'pending' ? MEDIA.creatingUrl : MEDIA.showUrl}
      </Button>
    );
  if ('error' in state) return <Failure error={state.error} />;
  return (
    <div className="bmc-media-url">
      <CopyLine text={state.url} />
      <p className="quiet small">{MEDIA.urlNext}</p>
    </div>
  );
}
