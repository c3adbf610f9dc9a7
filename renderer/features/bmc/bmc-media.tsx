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
import { Command } from '../network/command.tsx';
import { useBmc, useBmcs } from './bmc-context.ts';
import { readsWords, slotTypes } from './bmc-labels.ts';

/** The CD drives that the BMC shows the machine, and the URL for whoever mounts it in the BMC’s own page. */
export function BmcMedia({ host, status }: { host: Host; status: BmcStatus | undefined }) {
  const { name, assignment } = host;
  const bmcs = useBmcs();
  const isAsked = useBmc((state) => state.asked[name] !== undefined);
  const boots = assignment !== undefined && assignment.image !== LOCAL_BOOT;
  const slots = status?.slots;
  return (
    <div className="bmc-media" role="group" aria-label={`Media of ${name}`}>
      {slots?.map((slot) => (
        <Slot key={slot.id} slot={slot} />
      ))}
      {status?.identity?.media === false && <p className="quiet">This BMC shows no CD drive: its machine boots from the network.</p>}
      <div className="power-verbs">
        {status?.identity?.media !== false && (
          <>
            <Button
              isDisabled={isAsked || !boots}
              hint={boots ? `${assignment.image}, as ${name} gets it` : 'Choose an ISO first'}
              onPress={() => void bmcs.media(name, 'insert')}
            >
              Insert its ISO
            </Button>
            <Button
              isDisabled={isAsked || slots?.every(({ inserted, console }) => !inserted || console === true)}
              onPress={() => void bmcs.media(name, 'eject')}
            >
              Eject
            </Button>
          </>
        )}
        <ByHand host={host} isDisabled={!boots} />
      </div>
      {host.bmc && status?.identity?.media === true && <SelfTest host={host} isDisabled={isAsked} />}
    </div>
  );
}

/** How it reads ISOs: tried with a small one of ours, and remembered with the host. */
function SelfTest({ host: { name, bmc }, isDisabled }: { host: Host; isDisabled: boolean }) {
  const bmcs = useBmcs();
  const found = bmc?.selfTest;
  return (
    <div className="bmc-media">
      {found && (
        <Fold title={readsWords(found)}>
          <ul className="bmc-trials">
            {found.trials.map(({ scheme, form, outcome, message: sentence }) => (
              <li key={`${scheme} ${form}`} className="small">
                <StateMark state={outcome === 'read' ? 'ready' : 'needs'}>{sentence}</StateMark>
              </li>
            ))}
          </ul>
          <p className="quiet small">
            Tested <Ago at={found.testedAt} />
          </p>
        </Fold>
      )}
      <div>
        <Button
          isDisabled={isDisabled}
          hint="Inserts a small ISO of ours and sees how it is read; takes minutes"
          onPress={() => void bmcs.selfTest(name)}
        >
          Test how it reads ISOs
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
        {console === true ? 'used by a remote console of the BMC, so it is left alone' : inserted ? 'inserted' : 'empty'}, {slotTypes(slot)}
      </span>
      {inserted && image !== undefined && <span className="mono small bmc-slot-image">{image}</span>}
    </p>
  );
}

function ByHand({ host, isDisabled }: { host: Host; isDisabled: boolean }) {
  const call = useCall();
  const [shown, setShown] = useState<{ url: string } | { error: ErrorBody } | 'asked'>();
  const show = async (): Promise<void> => {
    setShown('asked');
    const answer = await call('host.mediaUrl', { host: host.name });
    setShown(answer.ok ? { url: answer.value.url } : { error: answer.error });
  };
  if (shown !== undefined && shown !== 'asked')
    return 'url' in shown ? (
      <div className="bmc-by-hand">
        <Command text={shown.url} />
        <p className="quiet small">Mount it in the BMC’s own page as a CD by its URL; what the machine reads of it is seen here.</p>
      </div>
    ) : (
      <Failure error={shown.error} />
    );
  return (
    <Button isDisabled={isDisabled || shown === 'asked'} hint="For mounting it in the BMC’s own page" onPress={() => void show()}>
      {shown === 'asked' ? 'Making its URL …' : 'Show its URL'}
    </Button>
  );
}
