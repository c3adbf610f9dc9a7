import './arguments.css';
import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import type { AssignmentInput, Host } from '../../../contract/inventory.ts';
import type { ArgumentPart, WayArguments } from '../../../contract/views.ts';
import { formatExactBytes } from '../../format/bytes.ts';
import { formatNumber } from '../../format/count.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { StateMark } from '../../ui/state.tsx';
import { askedAgain } from '../../model/assignment.ts';
import { ARGUMENT_ORIGINS, ARGUMENTS, argumentsName, argumentsTitle } from './labels.ts';

interface Props {
  host: Host;
  isDisabled: boolean;
  onSave: (args: string | undefined) => void;
}

/** The preview follows the typing, not each letter. */
const PREVIEW_DEBOUNCE_MS = 250;

/** The host's own kernel arguments, and the whole line that its kernel would get with them, each word with where it comes from. */
export function ArgumentEditor({ host, isDisabled, onSave }: Props) {
  const saved = host.assignment?.args ?? '';
  const [args, setArgs] = useState(saved);
  const draft = args.trim();
  const { value, error } = usePreview(host, isDisabled ? undefined : draft);
  const save = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSave(draft === '' ? undefined : draft);
  };
  return (
    <div className="arguments-editor">
      <Form className="arguments" onSubmit={save}>
        <Field
          label={ARGUMENTS.label}
          mono
          value={args}
          onChange={setArgs}
          isDisabled={isDisabled}
          help={isDisabled ? ARGUMENTS.noImage : ARGUMENTS.help}
        />
        <Button type="submit" isDisabled={isDisabled || draft === saved}>
          {ARGUMENTS.save}
        </Button>
      </Form>
      {!isDisabled && error && <Failure error={error} />}
      {!isDisabled && value && <Preview final={value} isDraft={draft !== saved} />}
      {!isDisabled && value?.other && value.other.line !== value.line && <Preview final={value.other} isDraft={draft !== saved} />}
    </div>
  );
}

function usePreview({ name, assignment, updatedAt }: Host, args: string | undefined): ReturnType<typeof useAnswer<'host.arguments'>> {
  const image = useAppStore((state) => state.images[assignment?.image ?? '']?.updatedAt);
  const config = useAppStore((state) => state.configs[assignment?.config ?? '']?.updatedAt);
  const wished: AssignmentInput | undefined =
    assignment && args !== undefined ? { ...askedAgain(assignment), ...(args === '' ? { args: undefined } : { args }) } : undefined;
  const again = [updatedAt, image, config].join(' ');
  return useAnswer('host.arguments', wished && { host: name, assignment: wished }, { again, debounceMs: PREVIEW_DEBOUNCE_MS });
}

function Preview({ final: { way, method, parts, bytes, limit, problems }, isDraft }: { final: WayArguments; isDraft: boolean }) {
  return (
    <section className="arguments-preview" aria-label={argumentsName(way)}>
      <p className="arguments-count small">
        <span>{argumentsTitle(way, method, isDraft)}</span>
        <span className="mono">
          {formatNumber(bytes)} of {formatExactBytes(limit)}
        </span>
      </p>
      {parts.length === 0 && <p className="quiet">{ARGUMENTS.none}</p>}
      <ol className="arguments-parts">
        {parts.map((part, index) => (
          <Part key={`${part.from} ${index}`} part={part} />
        ))}
      </ol>
      <div role="status">
        {problems.map((problem) => (
          <p key={problem} className="arguments-problem">
            <StateMark state="needs">{problem}</StateMark>
          </p>
        ))}
      </div>
    </section>
  );
}

function Part({ part: { from, words, reason: why } }: { part: ArgumentPart }) {
  return (
    <li className="arguments-part">
      <span className="small quiet">{ARGUMENT_ORIGINS[from]}</span>
      <span>
        {words.length > 0 && <span className="mono small arguments-words">{words.join(' ')}</span>}
        <span className="small quiet arguments-why">{why}</span>
      </span>
    </li>
  );
}
