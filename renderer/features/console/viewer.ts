import type { ConsoleViewer } from '../../../contract/console.ts';
import { VIEWER_LABELS } from './labels.ts';

/** This page, as other viewers see it. */
export const VIEWER: ConsoleViewer = {
  id: crypto.randomUUID(),
  label: window.bootbench === undefined ? VIEWER_LABELS.browser : VIEWER_LABELS.window,
};
