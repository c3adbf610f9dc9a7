/** What happened to an import, and what to do. */
export const PATH_UNKNOWN = {
  message: 'The file’s path cannot be determined here.',
  next: 'Use “Register a path or URL” on the Images page.',
};
export const NOT_RESUMED = {
  message: 'Bootbench restarted and did not resume this import.',
  next: 'Try again; it continues where it stopped.',
};
export const UPLOAD_STUCK = {
  message: 'The upload keeps failing at the same position.',
  next: 'Check the events for the cause, then try again.',
};
export const NO_REPLY = 'Bootbench does not respond; the upload continues when it does.';

export function uploadRefused(status: number): { message: string; next: string } {
  return { message: `The upload was refused (HTTP ${status}).`, next: 'Try again; if the problem persists, check the log.' };
}

/** `cause`: the name of the browser's error. */
export function fileUnreadable(cause: string | undefined): { message: string; next: string } {
  return {
    message: `The file can no longer be read${cause === undefined ? '' : ` (${cause})`}.`,
    next: 'Drop it again; the upload continues where it stopped.',
  };
}

export function emptyFile(fileName: string): string {
  return `${fileName} was not added: it is empty or a folder.`;
}

export function notAnIso(fileName: string): string {
  return `${fileName} was not added: the name of an ISO image ends in .iso or .img.`;
}
