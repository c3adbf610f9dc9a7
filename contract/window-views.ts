/** What a technician works with, in the order of the navigation and of the View menu. */
export const MAIN_VIEWS = [
  { id: 'bench', title: 'Bench' },
  { id: 'hosts', title: 'Hosts' },
  { id: 'images', title: 'Images' },
  { id: 'configs', title: 'Configs' },
  { id: 'jobs', title: 'Jobs' },
  { id: 'consoles', title: 'Consoles' },
  { id: 'network', title: 'Network' },
] as const;

export const HELP_VIEWS = [
  { id: 'help', title: 'Help' },
  { id: 'doctor', title: 'Check this computer' },
  { id: 'first-run', title: 'First run' },
] as const;

/** Every view of the window; the command palette lists all of them. */
export const VIEWS = [...MAIN_VIEWS, ...HELP_VIEWS];

export type ViewName = (typeof VIEWS)[number]['id'];
