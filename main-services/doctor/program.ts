import { arch, release, type, version } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { DoctorCheck, RunsIn } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { passed, warned } from './check.ts';
import * as sentences from './sentences.ts';

/** What runs here: versions of Bootbench, Node, Electron and the system. Never fails. */
export function checkVersions({ versions }: Pick<NodeJS.Process, 'versions'> = process): DoctorCheck {
  const electron = (versions as Record<string, string | undefined>).electron;
  const runtime = `${electron === undefined ? '' : `Electron ${electron}, `}Node ${versions.node}`;
  return passed('versions', sentences.runtimeOf(packageJson.version, runtime, `${type()} ${release()} (${version()}), ${arch()}`));
}

/** Where the services run. `startSeconds`: they were started for this, and were ready after that time. */
export function checkPlace({ place, passedOver }: RunsIn, startSeconds?: string): DoctorCheck {
  const id = 'services';
  const sentence = startSeconds === undefined ? sentences.servicesRun(place) : sentences.servicesStart(place, startSeconds);
  if (passedOver.length === 0) return passed(id, sentence);
  const reasons = passedOver.map((each) => sentences.passedOver(each.place, each.reason));
  const lacksNative = passedOver.some((each) => each.place === place);
  if (lacksNative) return warned(id, new BootbenchError('E_NATIVE_MODULE', [sentence, sentences.WITHOUT_NATIVE, ...reasons].join(' ')));
  return warned(id, new BootbenchError('E_NOT_LOADED', [sentence, ...reasons].join(' '), { next: sentences.WORKS_THERE }));
}
