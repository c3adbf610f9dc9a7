/** What the frame around every view says. */
export const VIEWS_NAVIGATION = 'Views';
export const NO_PORT_CHOSEN = 'no network port chosen';
export const NO_ADDRESS = 'no address';
export const LINK = { live: 'live', away: 'not connected', connecting: 'connecting' } as const;
export const LAST_KNOWN_STATE = 'Showing the last known state.';
export const UNKNOWN_STATE = 'unknown';
export const NO_EVENTS = 'no events yet';
export const LAST_EVENT = 'last:';
export const PALETTE_KEY = 'Ctrl-K';
export const PALETTE_HINT = 'Open the command palette';
