import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { ConsoleMeaning, type ConsoleTrigger } from '../../../contract/console.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { Picker } from '../../ui/picker.tsx';
import { MEANING_CHOICES, removeTrigger, TRIGGERS } from './labels.ts';

/** The patterns that are looked for in the console's output; the host's own can be changed. */
export function Triggers({ host }: { host: Host }) {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const { value: triggers = [] } = useAnswer('console.triggers', { host: host.name }, { again: host.updatedAt });
  const own = host.triggers ?? [];
  const save = async (next: readonly ConsoleTrigger[]): Promise<boolean> => {
    const answer = await call('host.patch', { name: host.name, patch: { triggers: next.length === 0 ? null : [...next] } });
    setError(answer.ok ? undefined : answer.error);
    return answer.ok;
  };
  return (
    <Fold title={`${TRIGGERS.title} ${triggers.length}`} className="console-triggers">
      {error && <Failure error={error} />}
      <ul>
        {triggers.map((trigger) => (
          <li key={`${trigger.from} ${trigger.name}`} className="console-trigger">
            <span>{trigger.name}</span>
            <span className="mono small console-pattern">{trigger.pattern}</span>
            {trigger.answer !== undefined && <span className="mono small">{`→ ${trigger.answer}`}</span>}
            {trigger.from === 'profile' ? (
              <span className="quiet small">{TRIGGERS.ofProfile}</span>
            ) : (
              <Button
                plain
                aria-label={removeTrigger(trigger.name)}
                onPress={() => void save(own.filter(({ name }) => name !== trigger.name))}
              >
                {TRIGGERS.remove}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <AddTrigger onAdd={(trigger) => save([...own, trigger])} />
    </Fold>
  );
}

const NOTHING = { name: '', pattern: '', answer: '', meaning: 'none' as ConsoleMeaning };
const MEANINGS = ConsoleMeaning.options
  .map((id) => ({ id, ...MEANING_CHOICES[id] }))
  .toSorted((a, b) => Number(b.id === 'none') - Number(a.id === 'none'));

function AddTrigger({ onAdd }: { onAdd: (trigger: ConsoleTrigger) => Promise<boolean> }) {
  const [draft, setDraft] = useState(NOTHING);
  const add = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const { answer, ...trigger } = draft;
    if (await onAdd({ ...trigger, ...(answer !== '' && { answer }) })) setDraft(NOTHING);
  };
  return (
    <Form className="console-add-trigger" onSubmit={(event) => void add(event)}>
      <Field label={TRIGGERS.name} value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
      <Field
        label={TRIGGERS.pattern}
        mono
        help={TRIGGERS.patternHelp}
        value={draft.pattern}
        onChange={(pattern) => setDraft({ ...draft, pattern })}
      />
      <Field
        label={TRIGGERS.answer}
        mono
        help={TRIGGERS.answerHelp}
        value={draft.answer}
        onChange={(answer) => setDraft({ ...draft, answer })}
      />
      <div className="labelled">
        <span className="field-label">{TRIGGERS.meaning}</span>
        <Picker
          label={TRIGGERS.meaning}
          choices={MEANINGS}
          value={draft.meaning}
          placeholder={TRIGGERS.meaning}
          onChoose={(id) => setDraft({ ...draft, meaning: ConsoleMeaning.catch('none').parse(id) })}
        />
      </div>
      <Button type="submit" isDisabled={draft.name === '' || draft.pattern === ''}>
        {TRIGGERS.add}
      </Button>
    </Form>
  );
}
