import { iphlpapi } from './iphlpapi.ts';
import { libc } from './libc.ts';

/** Loads koffi in this thread and calls the system library once. Rejects where either fails. */
export async function tryNativeCalls(platform: NodeJS.Platform = process.platform): Promise<void> {
  if (platform === 'win32') {
    const library = await iphlpapi();
    library.adapters();
    return;
  }
  const library = await libc();
  library.interfaceIndex('');
}
