import { useEffect, useState } from 'react';
import { errorBody, type ErrorBody } from '../../../contract/errors.ts';
import { useAppStore, useCall, useStream } from '../../store/use-store.ts';
import type { ConsoleScreen } from './console-screen.ts';
import { VIEWER } from './viewer.ts';

/** Bytes before the end that a console shows when it is opened. */
const RECENT_BYTES = 262_144;
const REOPEN_AFTER_MS = 500;

/** Bytes before and after a place of a transcript that are shown around it. */
const BEFORE_BYTES = 65_536;
const AFTER_BYTES = 524_288;

export interface Place {
  readonly transcript: string;
  readonly offset: number;
  /** A line that was printed soon after it. */
  readonly text?: string;
}

/** Bytes of a transcript. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Writes what the console prints to the screen, from a little before now on. Opens it again when the stream ends. */
export function useLiveOutput(
  host: string,
  screen: ConsoleScreen | undefined,
  { isShown, recentBytes = RECENT_BYTES }: { isShown: boolean; recentBytes?: number },
): void {
  const stream = useStream();
  const isLive = useAppStore((state) => state.link.state === 'live');
  useEffect(() => {
    if (!screen || !isLive || !isShown) return;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      screen.clear();
      for await (const batch of stream('console.output', { host, viewer: VIEWER, from: -recentBytes }, abort.signal)) {
        for (const output of batch) screen.write(output);
      }
    };
    const keepFollowing = async (): Promise<void> => {
      while (!abort.signal.aborted) {
        await follow().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, REOPEN_AFTER_MS));
      }
    };
    void keepFollowing();
    return () => abort.abort();
  }, [stream, host, screen, isLive, isShown, recentBytes]);
}

/** Writes the part of a transcript around a place to the screen; returns which part that is. */
export function useTranscript(
  host: string,
  screen: ConsoleScreen | undefined,
  place: Place | undefined,
  onError: (error: ErrorBody) => void,
): Part | undefined {
  const call = useCall();
  const [part, setPart] = useState<Part>();
  useEffect(() => {
    if (!screen || !place) return;
    let isCurrent = true;
    const show = async (): Promise<void> => {
      const offset = Math.max(0, place.offset - BEFORE_BYTES);
      const answer = await call('console.read', { host, transcript: place.transcript, offset, limit: BEFORE_BYTES + AFTER_BYTES });
      if (!isCurrent) return;
      if (!answer.ok) {
        onError(answer.error);
        return;
      }
      screen.clear();
      for (const output of answer.value) screen.write(output, place.offset);
      screen.showOffset(place.offset, place.text);
      const last = answer.value.at(-1);
      setPart({ from: answer.value[0]?.offset ?? offset, to: last ? last.offset + atob(last.data).length : offset });
    };
    show().catch((error: unknown) => onError(errorBody(error)));
    return () => {
      isCurrent = false;
    };
  }, [call, host, screen, place, onError]);
  return place && part;
}
