export const TITLE = 'Unknown machines';
export const NONE = 'Machines that request an address here appear automatically.';
export const NO_DETAILS = 'no details yet';
export const ADOPT = 'Adopt';
export const ADD_HOST = 'Add host';
export const ADDING = 'Adding…';
export const NAME_PLACEHOLDER = 'Name';

export function showMore(count: number): string {
  return `Show ${count} more`;
}

export function nameFor(mac: string): string {
  return `Name for ${mac}`;
}
