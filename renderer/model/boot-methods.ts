import type { AssignmentInput, BootMethod } from '../../contract/inventory.ts';
import type { ImageDescription } from '../../contract/views.ts';
import type { PickerOption } from '../ui/picker.tsx';

/** The choice that leaves it to the image; not a name of a method. */
export const BY_ITSELF = '-auto';

export const METHODS: Record<BootMethod, string> = {
  'virtual-media': 'BMC virtual media',
  iscsi: 'network disk (iSCSI)',
  'http-san': 'network disk (HTTP)',
  kernel: 'kernel over the network',
  'uefi-http': 'UEFI HTTP boot of the ISO',
  local: 'local disk',
};

/** Every way to boot this image; those that do not work say why. */
export function methodChoices(methods: ImageDescription['methods'] | undefined): PickerOption[] {
  const first = methods?.find(({ works }) => works);
  return [
    { id: BY_ITSELF, label: 'the image’s best way', ...(first && { note: `now: ${METHODS[first.method]}` }) },
    ...(methods ?? []).map(({ method, works, reason: why }) => ({ id: method, label: METHODS[method], note: why, disabled: !works })),
  ];
}

export const DELIVERIES: readonly PickerOption[] = [
  { id: BY_ITSELF, label: 'as its system likes it', note: 'By URL where the installer can, else on the ISO' },
  { id: 'url', label: 'by a URL of Bootbench', note: 'The installer fetches it over the network' },
  { id: 'media', label: 'on the ISO itself', note: 'It is put into the ISO, so the installer needs no network for it' },
];

export function methodOf(choice: string): AssignmentInput['method'] {
  return (Object.keys(METHODS) as BootMethod[]).find((method) => method === choice);
}

export function deliveryOf(choice: string): AssignmentInput['deliver'] {
  return choice === 'url' || choice === 'media' ? choice : undefined;
}
