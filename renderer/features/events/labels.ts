export const EVENTS = {
  title: 'Events',
  list: 'Events, newest first',
  filter: 'Filter events',
  all: 'all',
  problems: 'problems',
  none: 'No events yet.',
  noProblems: 'No recent problems.',
} as const;
