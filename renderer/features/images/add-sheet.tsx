import { formatBytes } from '../../format/bytes.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useAppStore } from '../../store/use-store.ts';
import type { Proposal } from './proposals.ts';
import { nameProblem } from './image-names.ts';
import { moreRefused } from './labels.ts';

import { useImports, useQueue } from './imports-context.ts';

/** What was dropped or chosen, each with a name that can be changed; Enter adds them. */
export function AddSheet() {
  const queue = useImports();
  const proposals = useQueue((state) => state.proposals);
  const refusals = useQueue((state) => state.refusals);
  const problemOf = useProblems(proposals);
  const count = proposals.length === 1 ? 'this image' : `${proposals.length} images`;
  const title = proposals.length === 0 ? 'Nothing was added' : `Add ${count}`;
  const add = (): void => {
    if (proposals.every((each) => problemOf(each) === undefined)) queue.accept();
  };
  return (
    <Sheet title={title} isOpen={proposals.length + refusals.length > 0} onClose={() => queue.dismissOffer()}>
      <form
        className="offer"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Refusals refusals={refusals} />
        {proposals.map((proposal) => (
          <Offered key={proposal.id} proposal={proposal} problem={problemOf(proposal)} alone={proposals.length === 1} />
        ))}
        {proposals.length === 0 ? (
          <SheetActions>
            <Button main autoFocus onPress={() => queue.dismissOffer()}>
              Close
            </Button>
          </SheetActions>
        ) : (
          <SheetActions>
            <Button onPress={() => queue.dismissOffer()}>Cancel</Button>
            <Button main type="submit" autoFocus isDisabled={proposals.some((each) => problemOf(each) !== undefined)}>
              Add {count}
            </Button>
          </SheetActions>
        )}
      </form>
    </Sheet>
  );
}

/** So many sentences are read; the last one may be about all other files. */
const MAX_REFUSALS = 20;

/** What is wrong with the files that are not added, in one notice. */
function Refusals({ refusals }: { refusals: readonly string[] }) {
  if (refusals.length === 0) return null;
  const shown = refusals.slice(0, MAX_REFUSALS);
  return (
    <ul className="offer-refusals" role="alert">
      {shown.map((refusal) => (
        <li key={refusal}>
          <StateMark state="needs">{refusal}</StateMark>
        </li>
      ))}
      {refusals.length > shown.length && <li>{moreRefused(refusals.length - shown.length)}</li>}
    </ul>
  );
}

function Offered({ proposal: { id, source, name, continues }, problem, alone }: { proposal: Proposal; problem?: string; alone: boolean }) {
  const queue = useImports();
  return (
    <div className="offer-row">
      <p className="offer-file">
        <span>{source.fileName}</span>
        <span className="quiet small">
          {source.size === undefined ? source.path : formatBytes(source.size)}
          {continues && ', continues where it stopped'}
        </span>
      </p>
      <Field label="Name in the library" mono value={name} onChange={(next) => queue.rename(id, next)} error={problem} />
      {!alone && (
        <Button plain onPress={() => queue.drop(id)} aria-label={`Leave out: ${source.fileName}`}>
          Leave out
        </Button>
      )}
    </div>
  );
}

/** Why a proposed name cannot be had: its form, an image, another of these files, or one that is on its way. */
function useProblems(proposals: readonly Proposal[]): (proposal: Proposal) => string | undefined {
  const images = useAppStore((state) => state.images);
  const items = useQueue((state) => state.items);
  return ({ id, name }) => {
    const others = [...proposals.filter((each) => each.id !== id), ...items.filter((item) => item.id !== id && item.state !== 'done')];
    return nameProblem(name, (wanted) => wanted in images || others.some((each) => each.name === wanted));
  };
}
