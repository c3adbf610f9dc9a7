import { useMemo } from 'react';
import { LOCAL_BOOT, type AssignmentInput, type Host } from '../../../contract/inventory.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Picker, type PickerOption } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { askedAgain, configChoices, imageChoices, NO_CONFIG, withConfig, withImage } from '../../model/assignment.ts';
import { hostState } from '../hosts/host-labels.ts';
import type { HostActions, RowAnswer } from '../hosts/use-host-actions.ts';
import { ArgumentEditor } from './argument-editor.tsx';
import { BY_ITSELF, DELIVERIES, deliveryOf, methodChoices, methodOf } from '../../model/boot-methods.ts';

interface Props {
  host: Host;
  actions: HostActions;
  answer: RowAnswer | undefined;
}

const MODES: readonly PickerOption[] = [
  { id: 'once', label: 'once', note: 'When it is done, the machine boots its own disk' },
  { id: 'always', label: 'every time', note: 'Each netboot gets it again' },
];

/** What the host boots, with which config and arguments, and what comes after. */
export function AssignmentPanel({ host, actions, answer }: Props) {
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const { name, assignment } = host;
  const imageList = useMemo(() => imageChoices(images), [images]);
  const configList = useMemo(() => configChoices(configs, images, assignment?.image), [configs, images, assignment?.image]);
  const boots = assignment !== undefined && assignment.image !== LOCAL_BOOT;
  const image = boots ? assignment.image : undefined;
  const { value: described } = useAnswer('image.describe', image === undefined ? undefined : { name: image }, {
    again: image === undefined ? 0 : images[image]?.updatedAt,
  });
  const { state, word } = hostState(host, false);
  const again = (part: Partial<AssignmentInput>): void => {
    if (assignment) void actions.assign(name, { ...askedAgain(assignment), ...part });
  };
  return (
    <Section id="assignment" title="Boots" aside={<StateMark state={state}>{word}</StateMark>}>
      <div className="panel">
        <Labelled label="ISO">
          <Picker
            label={`ISO of ${name}`}
            choices={imageList}
            value={assignment?.image}
            placeholder="choose an ISO"
            onChoose={(image) => (image === assignment?.image ? undefined : void actions.assign(name, withImage(host, image)))}
          />
        </Labelled>
        <Labelled label="Config">
          <Picker
            label={`Config of ${name}`}
            choices={configList}
            value={assignment?.config ?? NO_CONFIG}
            placeholder="no config"
            onChoose={(config) =>
              config === (assignment?.config ?? NO_CONFIG) ? undefined : void actions.assign(name, withConfig(host, config))
            }
          />
        </Labelled>
        <Labelled label="How often">
          <Picker
            label={`How often ${name} boots it`}
            choices={MODES}
            value={assignment?.mode ?? 'once'}
            placeholder="once"
            isDisabled={!boots}
            onChoose={(mode) => (mode === assignment?.mode ? undefined : again({ mode: mode === 'always' ? 'always' : 'once' }))}
          />
        </Labelled>
        <Labelled label="After it is done">
          <AfterPicker host={host} isDisabled={!boots || assignment.mode !== 'once'} onChoose={(after) => again({ after })} />
        </Labelled>
        <Labelled label="Boot method">
          <Picker
            label={`Boot method of ${name}`}
            choices={methodChoices(described?.methods)}
            value={assignment?.method ?? BY_ITSELF}
            placeholder="the image’s best way"
            isDisabled={!boots}
            onChoose={(choice) => (methodOf(choice) === assignment?.method ? undefined : again({ method: methodOf(choice) }))}
          />
        </Labelled>
        <Labelled label="Its config reaches it">
          <Picker
            label={`How the config reaches ${name}`}
            choices={DELIVERIES}
            value={assignment?.deliver ?? BY_ITSELF}
            placeholder="as its system likes it"
            isDisabled={!boots || assignment.config === undefined}
            onChoose={(choice) => (deliveryOf(choice) === assignment?.deliver ? undefined : again({ deliver: deliveryOf(choice) }))}
          />
        </Labelled>
        <ArgumentEditor key={assignment?.args ?? ''} host={host} isDisabled={!boots} onSave={(args) => again({ args })} />
        <div className="panel-actions">
          <Button isDisabled={!boots} onPress={() => void actions.arm(host)} hint="Arms it for the next netboot">
            Boot again
          </Button>
          <Button isDisabled={!assignment} onPress={() => void actions.unassign(name)}>
            Unassign
          </Button>
        </div>
        <AnswerWords answer={answer} dismiss={() => actions.dismiss(name)} />
      </div>
    </Section>
  );
}

function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="labelled">
      <span className="field-label">{label}</span>
      {children}
    </div>
  );
}

interface AfterProps {
  host: Host;
  isDisabled: boolean;
  onChoose: (after: AssignmentInput['after']) => void;
}

/** Its own disk comes after; a config may go with it for those who ask for it then. */
function AfterPicker({ host, isDisabled, onChoose }: AfterProps) {
  const configs = useAppStore((state) => state.configs);
  const choices = useMemo(
    () => [
      { id: NO_CONFIG, label: 'its own disk' },
      ...Object.keys(configs)
        .sort()
        .map((name) => ({ id: name, label: `its own disk, with ${name}`, note: 'The config is served to the installed system' })),
    ],
    [configs],
  );
  const value = host.assignment?.after?.config ?? NO_CONFIG;
  return (
    <Picker
      label={`After ${host.name} is done`}
      choices={choices}
      value={value}
      placeholder="its own disk"
      isDisabled={isDisabled}
      onChoose={(id) => (id === value ? undefined : onChoose(id === NO_CONFIG ? undefined : { image: LOCAL_BOOT, config: id }))}
    />
  );
}

/** As the row of the table says it: asked, changed beside what was asked, or refused and why. */
function AnswerWords({ answer, dismiss }: { answer: RowAnswer | undefined; dismiss: () => void }) {
  if (!answer) return null;
  if (answer.kind === 'asked') return <p className="quiet">{answer.text}</p>;
  return (
    <div role="status">
      {answer.kind === 'notes' ? <StateMark state="needs">{answer.notes.join(' ')}</StateMark> : <Failure error={answer.error} />}{' '}
      <Button plain onPress={dismiss}>
        Close
      </Button>
    </div>
  );
}
