import type { AssignmentInput, BootMethod } from '../../contract/inventory.ts';
import type { ImageDescription } from '../../contract/views.ts';
import type { PickerOption } from '../ui/picker.tsx';

/** The choice that stands for the default; not a name of a method. */
export const BY_ITSELF = '-auto';

export const METHODS: Record<BootMethod, string> = {
  'virtual-media': 'BMC virtual media',
  iscsi: 'network disk (iSCSI)',
  'http-san': 'network disk (HTTP)',
  kernel: 'kernel over the network',
  'uefi-http': 'UEFI HTTP boot of the ISO',
  local: 'local disk',
};

/** Every method to boot this image; those that do not work are disabled with the reason. */
export function methodChoices(methods: ImageDescription['methods'] | undefined): PickerOption[] {
  const first = methods?.find(({ works }) => works);
  return [
    { id: BY_ITSELF, label: 'best method of the image', ...(first && { note: `now: ${METHODS[first.method]}` }) },
    ...(methods ?? []).map(({ method, works, reason: why }) => ({ id: method, label: METHODS[method], note: why, disabled: !works })),
  ];
}

export const DELIVERIES: readonly PickerOption[] = [
  { id: BY_ITSELF, label: 'automatic', note: 'By URL if the installer supports it, otherwise on the ISO' },
  { id: 'url', label: 'by URL', note: 'The installer fetches it over the network' },
  { id: 'media', label: 'on the ISO itself', note: 'Stored in the ISO, so that the installer needs no network' },
];

export function methodOf(choice: string): AssignmentInput['method'] {
  return (Object.keys(METHODS) as BootMethod[]).find((method) => method === choice);
}

export function deliveryOf(choice: string): AssignmentInput['deliver'] {
  return choice === 'url' || choice === 'media' ? choice : undefined;
}
