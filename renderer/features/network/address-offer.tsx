import './network.css';
import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { OutputOf } from '../../../contract/procedures.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { giveAddress, OFFER } from './labels.ts';

type Offer = OutputOf<'appliance.offerAddress'>;

/** A port without an address (the normal case on an isolated switch): a private subnet that overlaps nothing, one button. */
export function AddressOffer({ nic }: { nic: string }) {
  const { offer, error, asked, accept } = useOffer(nic);
  return (
    <div className="address-offer">
      {offer ? (
        <>
          <p>
            {OFFER.needed} <span className="mono">{`${offer.address}/${offer.prefix}`}</span> {OFFER.removed}
          </p>
          <p>
            <Button main isDisabled={asked} onPress={() => void accept(offer)}>
              {asked ? OFFER.applying : giveAddress(nic, offer.address)}
            </Button>
          </p>
          <CopyLine text={offer.command} />
        </>
      ) : (
        !error && <p className="quiet">{OFFER.searching}</p>
      )}
      {error && <Failure error={error} />}
    </div>
  );
}

function useOffer(nic: string) {
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
  return { offer, error, asked, accept };
}
