/** What the activity says about itself. */

export const eventsLost = (lost: number): string =>
  `${lost} ${lost === 1 ? 'event' : 'events'} from the time when the disk refused writes could not be saved.`;
