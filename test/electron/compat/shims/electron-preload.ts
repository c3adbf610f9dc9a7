/** `electron` in the preload under Electron 22. */
import { contextBridge, ipcRenderer } from 'electron';

export { contextBridge, ipcRenderer };
/** webUtils came with 30; before, a File had its path itself. */
export const webUtils = { getPathForFile: (file: File): string => (file as File & { path?: string }).path ?? '' };
