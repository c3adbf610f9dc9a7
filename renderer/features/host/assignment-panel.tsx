import { useMemo, type ReactNode } from 'react';
import { LOCAL_BOOT, type AssignmentInput, type Host } from '../../../contract/inventory.ts';
import { askedAgain, configChoices, imageChoices, NO_CONFIG, withConfig, withImage } from '../../model/assignment.ts';
import { BY_ITSELF, DELIVERIES, deliveryOf, methodChoices, methodOf } from '../../model/boot-methods.ts';
import { compareNames } from '../../model/names.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Picker, type PickerOption } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { hostStatus } from '../hosts/host-status.ts';
import { MODE_CHOICES, STATUS_LABELS } from '../hosts/labels.ts';
import type { HostActions, RowAnswer } from '../hosts/use-host-actions.ts';
import { ArgumentEditor } from './argument-editor.tsx';
import { ASSIGNMENT, CLOSE, localWithConfig, pickerName } from './labels.ts';

interface Props {
  host: Host;
  actions: HostActions;
  answer: RowAnswer | undefined;
}

interface PartProps {
  host: Host;
  /** Assigns the same with a part changed. */
  change: (part: Partial<AssignmentInput>) => void;
}

/** What the host boots, with which config and arguments, and what comes after. */
export function AssignmentPanel({ host, actions, answer }: Props) {
  const { name, assignment } = host;
  const { state, label } = STATUS_LABELS[hostStatus(host, false)];
  const change = (part: Partial<AssignmentInput>): void => {
    if (assignment) void actions.assign(name, { ...askedAgain(assignment), ...part });
  };
  return (
    <Section id="assignment" title={ASSIGNMENT.title} aside={<StateMark state={state}>{label}</StateMark>}>
      <div className="panel">
        <ImagePicker host={host} actions={actions} />
        <ConfigPicker host={host} actions={actions} />
        <ModePicker host={host} change={change} />
        <AfterPicker host={host} change={change} />
        <MethodPicker host={host} change={change} />
        <DeliveryPicker host={host} change={change} />
        <ArgumentEditor key={assignment?.args ?? ''} host={host} isDisabled={!bootsImage(host)} onSave={(args) => change({ args })} />
        <div className="panel-actions">
          <Button isDisabled={!bootsImage(host)} onPress={() => void actions.arm(host)} hint={ASSIGNMENT.arm.hint}>
            {ASSIGNMENT.arm.label}
          </Button>
          <Button isDisabled={!assignment} onPress={() => void actions.unassign(name)}>
            {ASSIGNMENT.unassign}
          </Button>
        </div>
        <Answer answer={answer} dismiss={() => actions.dismiss(name)} />
      </div>
    </Section>
  );
}

/** Whether an image is assigned, and not its own disk. */
function bootsImage({ assignment }: Host): boolean {
  return assignment !== undefined && assignment.image !== LOCAL_BOOT;
}

function ImagePicker({ host, actions }: { host: Host; actions: HostActions }) {
  const images = useAppStore((state) => state.images);
  const choices = useMemo(() => imageChoices(images), [images]);
  return (
    <LabelledPicker
      label={ASSIGNMENT.image}
      host={host}
      choices={choices}
      value={host.assignment?.image}
      onChange={(image) => void actions.assign(host.name, withImage(host, image))}
    />
  );
}

function ConfigPicker({ host, actions }: { host: Host; actions: HostActions }) {
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const { assignment } = host;
  const choices = useMemo(() => configChoices(configs, images, assignment?.image), [configs, images, assignment?.image]);
  return (
    <LabelledPicker
      label={ASSIGNMENT.config}
      host={host}
      choices={choices}
      value={assignment?.config ?? NO_CONFIG}
      onChange={(config) => void actions.assign(host.name, withConfig(host, config))}
    />
  );
}

function ModePicker({ host, change }: PartProps) {
  return (
    <LabelledPicker
      label={ASSIGNMENT.mode}
      host={host}
      choices={MODE_CHOICES}
      value={host.assignment?.mode ?? 'once'}
      isDisabled={!bootsImage(host)}
      onChange={(mode) => change({ mode: mode === 'always' ? 'always' : 'once' })}
    />
  );
}

/** Its own disk comes after; a config can be served to the installed system. */
function AfterPicker({ host, change }: PartProps) {
  const configs = useAppStore((state) => state.configs);
  const choices = useMemo(
    () => [
      { id: NO_CONFIG, label: ASSIGNMENT.after.local },
      ...Object.keys(configs)
        .sort(compareNames)
        .map((name) => ({ id: name, label: localWithConfig(name), note: ASSIGNMENT.after.note })),
    ],
    [configs],
  );
  return (
    <LabelledPicker
      label={ASSIGNMENT.after}
      host={host}
      choices={choices}
      value={host.assignment?.after?.config ?? NO_CONFIG}
      isDisabled={!bootsImage(host) || host.assignment?.mode !== 'once'}
      onChange={(id) => change({ after: id === NO_CONFIG ? undefined : { image: LOCAL_BOOT, config: id } })}
    />
  );
}

function MethodPicker({ host, change }: PartProps) {
  const image = bootsImage(host) ? host.assignment?.image : undefined;
  const again = useAppStore((state) => (image === undefined ? 0 : state.images[image]?.updatedAt));
  const { value: described } = useAnswer('image.describe', image === undefined ? undefined : { name: image }, { again });
  return (
    <LabelledPicker
      label={ASSIGNMENT.method}
      host={host}
      choices={methodChoices(described?.methods)}
      value={host.assignment?.method ?? BY_ITSELF}
      isDisabled={!bootsImage(host)}
      onChange={(choice) => change({ method: methodOf(choice) })}
    />
  );
}

function DeliveryPicker({ host, change }: PartProps) {
  return (
    <LabelledPicker
      label={ASSIGNMENT.delivery}
      host={host}
      choices={DELIVERIES}
      value={host.assignment?.deliver ?? BY_ITSELF}
      isDisabled={!bootsImage(host) || host.assignment?.config === undefined}
      onChange={(choice) => change({ deliver: deliveryOf(choice) })}
    />
  );
}

interface LabelledPickerProps {
  label: { readonly label: string; readonly placeholder: string; readonly name: string };
  host: Host;
  choices: readonly PickerOption[];
  value: string | undefined;
  isDisabled?: boolean;
  /** Not called when the current value is chosen again. */
  onChange: (id: string) => void;
}

function LabelledPicker({ label, host, choices, value, isDisabled = false, onChange }: LabelledPickerProps) {
  return (
    <Labelled label={label.label}>
      <Picker
        label={pickerName(label.name, host.name)}
        choices={choices}
        value={value}
        placeholder={label.placeholder}
        isDisabled={isDisabled}
        onChoose={(id) => (id === value ? undefined : onChange(id))}
      />
    </Labelled>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="labelled">
      <span className="field-label">{label}</span>
      {children}
    </div>
  );
}

/** The outcome of the last request: pending, changed beyond what was requested, or refused. */
function Answer({ answer, dismiss }: { answer: RowAnswer | undefined; dismiss: () => void }) {
  if (!answer) return null;
  if (answer.kind === 'asked') return <p className="quiet">{answer.text}</p>;
  return (
    <div role="status">
      {answer.kind === 'notes' ? <StateMark state="needs">{answer.notes.join(' ')}</StateMark> : <Failure error={answer.error} />}{' '}
      <Button plain onPress={dismiss}>
        {CLOSE}
      </Button>
    </div>
  );
}
