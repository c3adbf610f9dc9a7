import './checklist.css';
import type { PreflightCheck } from '../../../contract/appliance.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty } from '../../ui/section.tsx';
import { StateMark, type State } from '../../ui/state.tsx';
import { AddressOffer } from '../network/address-offer.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { BEFORE } from './labels.ts';
import type { Preflight } from '../../model/use-preflight.ts';

const STATES: Record<PreflightCheck['state'], State> = { ok: 'ready', warning: 'needs', failed: 'needs', unknown: 'off' };

/** What to put right before the first machine is plugged in, a line each; what is wrong says how. */
export function Checklist({ preflight }: { preflight: Preflight }) {
  const { checks, error } = preflight;
  const live = useAppStore((known) => known.link.state === 'live');
  if (!checks && !live) return <Empty>{BEFORE.unknown}</Empty>;
  if (!checks && error) return <Failure error={error} />;
  if (!checks) return <Empty>{BEFORE.loading}</Empty>;
  return (
    <>
      {error && <Failure error={error} />}
      <ul className="before-checklist">
        {checks.filter(isNews).map((check) => (
          <Check key={check.id} check={check} preflight={preflight} />
        ))}
      </ul>
    </>
  );
}

/** The address is told with the port above, as long as there is one. */
function isNews({ id, state }: PreflightCheck): boolean {
  return id !== 'address' || state !== 'ok';
}

function Check({ check, preflight }: { check: PreflightCheck; preflight: Preflight }) {
  const { id, state, message: sentence, fix } = check;
  const nic = useAppStore((known) => known.status?.nic?.name);
  const live = useAppStore((known) => known.link.state === 'live');
  const offersAddress = id === 'address' && state === 'failed' && nic !== undefined && fix?.command !== undefined;
  return (
    <li className={`before-check before-check-${state}`}>
      {/* The port above has the same sentence. */}
      {!offersAddress && <StateMark state={live ? STATES[state] : 'off'}>{sentence}</StateMark>}
      {offersAddress ? (
        <div className="before-check-fix">
          <AddressOffer key={nic} nic={nic} />
        </div>
      ) : (
        fix && state !== 'ok' && <Fix id={id} fix={fix} preflight={preflight} />
      )}
    </li>
  );
}

function Fix({ id, fix, preflight }: { id: string; fix: NonNullable<PreflightCheck['fix']>; preflight: Preflight }) {
  const { message: text, command, button, also = [] } = fix;
  const ways = button === undefined ? also : [{ id, button }, ...also];
  return (
    <div className="before-check-fix">
      <p className="quiet">{text}</p>
      {command !== undefined && <CopyLine text={command} />}
      {ways.length > 0 && (
        <p className="before-check-ways">
          {ways.map((way, index) => (
            <FixButton key={way.id} way={way} main={index === 0} preflight={preflight} />
          ))}
        </p>
      )}
    </div>
  );
}

function FixButton({ way, main, preflight }: { way: { id: string; button: string }; main: boolean; preflight: Preflight }) {
  const isAsked = preflight.asked === way.id;
  return (
    <Button main={main} isDisabled={preflight.asked !== undefined} onPress={() => void preflight.fix(way.id)}>
      {isAsked ? BEFORE.requested : way.button}
    </Button>
  );
}
