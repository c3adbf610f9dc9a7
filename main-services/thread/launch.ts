import type { PassedOver, RunsIn } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { processPlace, threadPlace, type Place, type StartProgram } from './places.ts';
import type { WorkerInit } from './protocol.ts';
import { runWorker, type RunningWorker, type WorkerDeps } from './running-worker.ts';
import { startMarker, type StartMarker } from './start-marker.ts';

export interface WorkerFiles {
  /** The built worker. */
  readonly workerFile: string | URL;
  /** The same file outside of the archive, where the worker is in one. */
  readonly unpackedFile?: string | undefined;
  /** How this program starts a process that runs the worker; absent where it cannot. */
  readonly startProgram?: StartProgram | undefined;
}

export interface LaunchDeps extends WorkerDeps {
  /** Called with each worker that is started. */
  readonly onStart?: (worker: RunningWorker) => void;
  /** Whether the program ends: a worker that was stopped while it loaded has not failed. */
  readonly isStopping?: () => boolean;
}

/** Starts workers in the first place where they load; a later start begins with the place of the last one. */
export interface Launcher {
  /** E_NOT_LOADED when no place can load the worker; the message has the reason of each. */
  launch(init: Omit<WorkerInit, 'runsIn' | 'withoutNatives'>, deps: LaunchDeps): Promise<RunningWorker>;
  /** Of the last worker. */
  readonly runsIn: RunsIn;
}

export const ENDED_PROGRAM =
  'The last start there ended the whole program. It is tried again once starting.json in the data directory is deleted, or Bootbench is updated.';

/**
 * Threads first, then a process of its own. The data directory's marker is there while a start in a thread has not succeeded or failed yet:
 * where the last start left it, a native module ended the program, so threads are not tried again in this version.
 */
export function launcher(files: WorkerFiles, dataDir: string, marker: StartMarker = startMarker(dataDir)): Launcher {
  const places = placesOf(files);
  const hasProcess = files.startProgram !== undefined;
  let first = marker.endedProgram && hasProcess ? places.length - 1 : 0;
  /** Why not in the places before the first. */
  let skipped: readonly PassedOver[] = places.slice(0, first).map(({ name }) => ({ place: name, reason: ENDED_PROGRAM }));
  let runsIn: RunsIn = { place: places[first]?.name ?? 'thread', passedOver: skipped };

  const startIn = (place: Place, init: WorkerInit, deps: LaunchDeps): RunningWorker => {
    if (place.name !== 'process') marker.set();
    const worker = runWorker(place, init, deps);
    deps.onStart?.(worker);
    void Promise.race([worker.ready.catch(() => undefined), worker.ended]).then(() => marker.remove());
    return worker;
  };

  return {
    get runsIn() {
      return runsIn;
    },
    async launch(init, deps) {
      const passedOver: PassedOver[] = [...skipped];
      let withoutNative: Place | undefined;
      for (const [index, place] of [...places.entries()].slice(first)) {
        const at: RunsIn = { place: place.name, passedOver: [...passedOver] };
        const worker = startIn(place, { ...init, runsIn: at }, deps);
        const failure = await worker.loaded;
        if (!failure) {
          [first, skipped, runsIn] = [index, at.passedOver, at];
          return worker;
        }
        await worker.ended;
        if (deps.isStopping?.() === true) throw notLoaded([{ place: place.name, reason: failure.reason }]);
        passedOver.push({ place: place.name, reason: failure.reason });
        if (failure.isNative) withoutNative ??= place;
      }
      if (!withoutNative) throw notLoaded(passedOver);
      // No place loads that native module. The services say what does not work without it.
      runsIn = { place: withoutNative.name, passedOver };
      return startIn(withoutNative, { ...init, runsIn, withoutNatives: true }, deps);
    },
  };
}

function placesOf({ workerFile, unpackedFile, startProgram }: WorkerFiles): Place[] {
  return [
    threadPlace('thread', workerFile),
    ...(unpackedFile === undefined ? [] : [threadPlace('unpacked-thread', unpackedFile)]),
    ...(startProgram === undefined ? [] : [processPlace(unpackedFile ?? workerFile, startProgram)]),
  ];
}

function notLoaded(passedOver: readonly PassedOver[]): BootbenchError {
  return new BootbenchError('E_NOT_LOADED', passedOver.map(({ place, reason }) => `In a ${place}: ${reason}`).join(' '));
}
