/* Events that follow from what machines did. */

export function assignmentDone(host: string, image: string): string {
  return `${host} has booted ${image}; from now on it boots its own disk.`;
}

export function secureBootSuspected(machine: string | undefined, file: string): string {
  const loaded = `${machine ?? 'A machine'} loaded ${file} and has not been seen since.`;
  return `${loaded} Secure Boot probably rejected it, because it is not signed. Disable Secure Boot, or use virtual media.`;
}
