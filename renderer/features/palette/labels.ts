/** The command palette. */
export const PALETTE = 'Command palette';
export const SEARCH = 'Search hosts, images, configs and views';
export const SEARCH_PLACEHOLDER = 'Host, image, config, view…';
export const RESULTS = 'Results';
export const NO_RESULTS = 'No results.';

export const VIEW_NOTE = 'View';
export const IMAGE_NOTE = 'Image';
export const CONFIG_NOTE = 'Config';

export function hostNote(macs: readonly string[]): string {
  return `Host, ${macs.join(', ')}`;
}

export const REIMAGE = { title: 'Reimage machines…', note: 'Choose which ones' } as const;

export function reimageLabel(host: string): { title: string; note: string } {
  return { title: `Reimage ${host}…`, note: 'Shows the plan first' };
}

export function powerLabel(host: string): { title: string; note: string } {
  return { title: `Power options for ${host}…`, note: 'On, off, cycle or reset through its BMC' };
}

export function consoleLabel(host: string): { title: string; note: string } {
  return { title: `Console of ${host}`, note: 'What the machine prints on its serial port' };
}
