import { useState } from 'react';
import type { BootFileOffer } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Empty } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import * as labels from './labels.ts';

interface Props {
  onClose: () => void;
  onInstalled: () => void;
}

/** Reads a source, shows every hash, and installs the files that a person chose. */
export function BootFilesSheet({ onClose, onInstalled }: Props) {
  const call = useCall();
  const [from, setFrom] = useState(labels.PROPOSED_SOURCE);
  const [offers, setOffers] = useState<readonly BootFileOffer[]>();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [error, setError] = useState<ErrorBody>();
  const [isBusy, setBusy] = useState(false);

  const read = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('appliance.bootFileOffers', { from: from.trim() });
    setBusy(false);
    setError(answer.ok ? undefined : answer.error);
    setOffers(answer.ok ? answer.value : undefined);
    if (answer.ok) setChosen(answer.value.filter(({ state }) => state === 'new' || state === 'confirmed').map(({ name }) => name));
  };
  const install = async (): Promise<void> => {
    setBusy(true);
    const files = (offers ?? []).filter(({ name }) => chosen.includes(name));
    const confirmed = Object.fromEntries(files.map(({ name, sha256 = '' }) => [name, sha256]));
    const answer = await call('appliance.installBootFiles', { from: from.trim(), confirmed });
    setBusy(false);
    setError(answer.ok ? undefined : answer.error);
    onInstalled();
    if (answer.ok) onClose();
  };
  const choose = (name: string, isChosen: boolean): void =>
    setChosen(isChosen ? [...chosen, name] : chosen.filter((each) => each !== name));

  return (
    <Sheet title={labels.SOURCE_TITLE} isOpen onClose={onClose}>
      <form
        className="boot-files-sheet"
        onSubmit={(event) => {
          event.preventDefault();
          void read();
        }}
      >
        <Field
          label={labels.SOURCE_LABEL}
          help={labels.SOURCE_HELP}
          mono
          autoFocus
          value={from}
          onChange={(text) => {
            setFrom(text);
            setOffers(undefined);
          }}
        />
      </form>
      {offers && <Offers offers={offers} chosen={chosen} choose={choose} />}
      {error && <Failure error={error} />}
      <SheetActions>
        <Button onPress={onClose}>Cancel</Button>
        {offers && chosen.length > 0 ? (
          <Button main isDisabled={isBusy} onPress={() => void install()}>
            {isBusy ? 'Installing…' : labels.INSTALL(chosen.length)}
          </Button>
        ) : (
          <Button main isDisabled={isBusy || from.trim() === ''} onPress={() => void read()}>
            {isBusy ? 'Reading…' : labels.READ_SOURCE}
          </Button>
        )}
      </SheetActions>
    </Sheet>
  );
}

interface OffersProps {
  offers: readonly BootFileOffer[];
  chosen: readonly string[];
  choose: (name: string, isChosen: boolean) => void;
}

function Offers({ offers, chosen, choose }: OffersProps) {
  if (offers.length === 0) return <Empty>{labels.NOTHING_TO_INSTALL}</Empty>;
  return (
    <>
      <p className="quiet">{labels.TRUST}</p>
      <ul className="boot-files-offers">
        {offers.map((offer) => (
          <li key={offer.name}>
            <label>
              <input
                type="checkbox"
                aria-label={labels.installLabel(offer.name)}
                disabled={offer.state === 'refused' || offer.state === 'missing'}
                checked={chosen.includes(offer.name)}
                onChange={(event) => choose(offer.name, event.target.checked)}
              />
              <span className="mono">{offer.name}</span>
            </label>
            <StateMark state={labels.OFFER_STATES[offer.state].state}>{labels.OFFER_STATES[offer.state].word}</StateMark>
            <OfferDetails offer={offer} />
          </li>
        ))}
      </ul>
    </>
  );
}

function OfferDetails({ offer: { state, problem, cost, sha256, confirmedSha256, facts } }: { offer: BootFileOffer }) {
  if (state === 'missing') return <span className="boot-files-offer quiet small">{cost}</span>;
  return (
    <>
      {problem !== undefined && <span className="boot-files-offer small">{problem}</span>}
      <span className="boot-files-offer mono small">{sha256}</span>
      {state === 'changed' && <span className="boot-files-offer mono small">Confirmed before: {confirmedSha256}</span>}
      {state !== 'refused' && <span className="boot-files-offer quiet small">{labels.factsOf(facts)}</span>}
    </>
  );
}
