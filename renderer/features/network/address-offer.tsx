import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useCall } from '../../store/use-bench.ts';
import { Failure } from '../../ui/failure.tsx';

interface Offer {
  address: string;
  prefix: number;
  command: string;
}

/** A port without an address (the normal case on an isolated switch): a private subnet that overlaps nothing, one button. */
export function AddressOffer({ nic }: { nic: string }) {
  const call = useCall();
  const [offer, setOffer] = useState<Offer>();
  const [error, setError] = useState<ErrorBody>();
  const [asked, setAsked] = useState(false);

  useEffect(() => {
    void call('appliance.offerAddress', { nic }).then((answer) => (answer.ok ? setOffer(answer.value) : setError(answer.error)));
  }, [call, nic]);

  const accept = async ({ address, prefix }: Offer): Promise<void> => {
    setAsked(true);
    const answer = await call('appliance.setAddress', { nic, address, prefix });
    setError(answer.ok ? undefined : answer.error);
    setAsked(false);
  };

  return (
    <div className="offer">
      {offer && (
        <>
          <p>
            Machines behind it need a network of their own. <span className="mono">{`${offer.address}/${offer.prefix}`}</span> is free here;
            it is taken back when Bootbench quits.
          </p>
          <p className="offer-ways">
            <button className="main" disabled={asked} onClick={() => void accept(offer)}>
              {asked ? 'Asked the system …' : `Give ${nic} ${offer.address}`}
            </button>
            <span className="quiet">
              or run <code className="mono">{offer.command}</code>
            </span>
          </p>
        </>
      )}
      {error && <Failure error={error} />}
    </div>
  );
}
