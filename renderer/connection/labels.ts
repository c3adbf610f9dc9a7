/** Why the page has no connection, and what to do. */
const OPEN_PRINTED_URL =
  'In Bootbench’s window, choose Help → Copy page address; without a window, open the URL that it printed at startup.';

export const NOT_RESPONDING = {
  message: 'Bootbench is not responding.',
  next: 'Reconnecting automatically. If it was closed, start it again.',
} as const;
export const NOT_SENT = 'Not sent: no connection to Bootbench.';
export const NO_TOKEN = { message: 'This page was opened without its access token.', next: OPEN_PRINTED_URL } as const;
export const WRONG_TOKEN = { message: 'Bootbench is running, but this page’s access token is not valid.', next: OPEN_PRINTED_URL } as const;
