import { configEditor, eventReader, hostEditor, importer, jobStarter, type ActorDeps } from './actors.ts';
import { consoleTalker, consoleViewer } from './console-actor.ts';
import { Session } from './session.ts';
import { WriteLog } from './write-log.ts';

/** All clients of the API, run in the appliance's namespace until they are ended: `writer-process '<WriterJob as JSON>'`. */
export interface WriterJob {
  readonly dataDir: string;
  readonly logFile: string;
  readonly iso: string;
  readonly isoSha256: string;
}

const job = JSON.parse(process.argv[2] ?? '') as WriterJob;
const session = new Session(job.dataDir);
const deps: ActorDeps = { session, log: new WriteLog(job.logFile), iso: job.iso, isoSha256: job.isoSha256 };
consoleTalker();
console.log('ready');
await Promise.all([configEditor(deps), hostEditor(deps), importer(deps), jobStarter(deps), eventReader(deps), consoleViewer(deps)]);
