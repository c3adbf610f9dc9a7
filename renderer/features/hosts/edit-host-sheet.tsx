import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { Label } from 'react-aria-components/Label';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import type { Host } from '../../../contract/inventory.ts';
import { initiatorNameOf } from '../../../contract/iscsi.ts';
import { parseMac } from '../../../contract/primitives.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import {
  ARCH_LABELS,
  CANCEL,
  DEVICE_CHOICES,
  EDIT,
  editTitle,
  iscsiFields,
  KEEP_SAN_CHOICES,
  LOCAL_BOOT_CHOICES,
  saveButton,
} from './labels.ts';
import { draftOf, faultsOf, iscsiFieldsSet, NEW_INTERFACE, patchOf, type Draft, type Faults, type InterfaceDraft } from './host-form.ts';
import { InterfaceFields } from './interface-fields.tsx';
import { MoreFields } from './more-fields.tsx';

/** The choice that stands for no architecture of its own. */
const REPORTED = '-reported';
const ARCHES = [
  { id: REPORTED, label: EDIT.archReported },
  { id: 'x86_64', label: ARCH_LABELS.x86_64 },
  { id: 'aarch64', label: ARCH_LABELS.aarch64 },
];

/** Everything about a host but its name, which other things refer to. */
export function EditHostSheet({ host, onClose }: { host: Host; onClose: () => void }) {
  const call = useCall();
  const [draft, setDraft] = useState<Draft>(() => draftOf(host));
  const [faults, setFaults] = useState<ReturnType<typeof faultsOf>>({ at: {} });
  const [asked, setAsked] = useState(false);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const setInterface = (index: number, next: InterfaceDraft | undefined): void =>
    change({ interfaces: draft.interfaces.flatMap((iface, at) => (at === index ? (next ?? []) : iface)) });

  const save = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    const answer = await call('host.patch', { name: host.name, patch: patchOf(draft, host) });
    setAsked(false);
    const written = draft.interfaces.map(({ text }) => ({ mac: text.mac?.trim() ?? '', ip: text.ip?.trim() ?? '' }));
    if (answer.ok) onClose();
    else setFaults(faultsOf(answer.error, written));
  };

  return (
    <Sheet title={editTitle(host)} isOpen onClose={onClose}>
      <Form className="sheet-form" validationBehavior="aria" onSubmit={(event) => void save(event)}>
        {draft.interfaces.map((iface, index) => (
          <InterfaceFields
            // Interfaces have no identity but their place until they are saved.
            key={index}
            index={index}
            only={draft.interfaces.length === 1}
            draft={iface}
            faults={faults.at}
            setDraft={(next) => setInterface(index, next)}
          />
        ))}
        <div>
          <Button onPress={() => change({ interfaces: [...draft.interfaces, NEW_INTERFACE] })}>{EDIT.addInterface}</Button>
        </div>
        <HostFields draft={draft} faults={faults.at} change={change} />
        <IscsiFields draft={draft} faults={faults.at} change={change} />
        {faults.rest && <Failure error={faults.rest} />}
        <SheetActions>
          <Button onPress={onClose}>{CANCEL}</Button>
          <Button main type="submit" isDisabled={asked}>
            {asked ? EDIT.busy : saveButton(host)}
          </Button>
        </SheetActions>
      </Form>
    </Sheet>
  );
}

interface FieldsProps {
  draft: Draft;
  faults: Faults;
  change: (part: Partial<Draft>) => void;
}

function HostFields({ draft, faults, change }: FieldsProps) {
  const setLocalBoot = (id: string): void => change({ localBoot: id === 'sanboot' || id === 'efi' ? id : 'exit' });
  return (
    <>
      <div className="field-columns">
        <div className="labelled">
          <span className="field-label">{EDIT.localBoot}</span>
          <Picker label={EDIT.localBoot} choices={LOCAL_BOOT_CHOICES} value={draft.localBoot} placeholder="exit" onChoose={setLocalBoot} />
        </div>
        <div className="labelled">
          <span className="field-label">{EDIT.arch}</span>
          <Picker
            label={EDIT.arch}
            choices={ARCHES}
            value={draft.arch === '' ? REPORTED : draft.arch}
            placeholder={EDIT.archReported}
            onChoose={(id) => change({ arch: id === REPORTED ? '' : id })}
          />
        </div>
      </div>
      {draft.localBoot === 'efi' && (
        <Field
          label={EDIT.efiFile}
          mono
          value={draft.efiFile}
          onChange={(efiFile) => change({ efiFile })}
          placeholder="\EFI\BOOT\BOOTX64.EFI"
          error={faults.localBoot}
        />
      )}
      <Field
        label={EDIT.console}
        mono
        value={draft.console}
        onChange={(console) => change({ console })}
        placeholder="serial:/dev/ttyUSB0?baud=115200"
        help={EDIT.consoleHelp}
        error={faults.console}
      />
      <TextField className="field" value={draft.vars} onChange={(vars) => change({ vars })} isInvalid={faults.vars !== undefined}>
        <Label className="field-label">{EDIT.vars}</Label>
        <TextArea className="input mono area" rows={3} placeholder="role=web" aria-describedby="vars-help" />
        <span id="vars-help" className={faults.vars === undefined ? 'field-help' : 'field-error'}>
          {faults.vars ?? EDIT.varsHelp}
        </span>
      </TextField>
    </>
  );
}

/** How the machine boots over iSCSI. */
function IscsiFields({ draft, faults, change }: FieldsProps) {
  const { device, keepSan, initiatorName, interfaces } = draft;
  const fault = faults['iscsi.initiatorName'];
  const mac = parseMac(interfaces[0]?.text.mac ?? '');
  return (
    <MoreFields title={iscsiFields(iscsiFieldsSet(draft))} isRefused={fault !== undefined}>
      <div className="labelled">
        <span className="field-label">{EDIT.device}</span>
        <Picker
          label={EDIT.device}
          choices={DEVICE_CHOICES}
          value={device}
          placeholder=""
          onChoose={(id) => change({ device: id === 'disk' ? 'disk' : 'cd' })}
        />
      </div>
      <div className="labelled">
        <span className="field-label">{EDIT.afterFailure}</span>
        <Picker
          label={EDIT.afterFailure}
          choices={KEEP_SAN_CHOICES}
          value={keepSan ? 'keep' : 'release'}
          placeholder=""
          onChoose={(id) => change({ keepSan: id === 'keep' })}
        />
      </div>
      <div className="field-wide">
        <Field
          label={EDIT.initiator}
          mono
          value={initiatorName}
          onChange={(next) => change({ initiatorName: next })}
          placeholder={mac && initiatorNameOf(mac)}
          help={EDIT.initiatorHelp}
          error={fault}
        />
      </div>
    </MoreFields>
  );
}
