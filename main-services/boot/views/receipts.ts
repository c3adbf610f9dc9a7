import { BootbenchError } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { PatchReceipt } from '../../../contract/views.ts';
import type { Activity } from '../../activity/activity.ts';
import { hasher } from '../../inventory/imports/hashing.ts';
import type { View } from '../boot.ts';
import { viewUrl } from '../script/scripts.ts';
import { MAKE_A_VIEW, noView } from './sentences.ts';
import type { Views } from './views.ts';

export interface ReceiptDeps {
  readonly views: Views;
  readonly activity: Pick<Activity, 'history'>;
  readonly bootUrl: () => string;
  /** Where the host's BMC reads ISOs, when it reads them elsewhere. */
  readonly mediaBase?: ((host: Host) => Promise<string>) | undefined;
}

type ViewRow = NonNullable<ReturnType<Views['newest']>>;

/** Bytes per read of a hash. */
const HASH_CHUNK_BYTES = 1024 * 1024;

/** What a view of the host differs in: the newest, or that of a token. E_VIEW_GONE. */
export async function receiptOf(deps: ReceiptDeps, host: Host, token: string | undefined): Promise<PatchReceipt> {
  const row = rowOf(deps.views, host, token);
  const view = await deps.views.find(row.mac, row.token);
  return {
    host: row.host,
    mac: row.mac,
    image: row.image,
    token: row.token,
    url: viewUrl(await baseOf(deps, host, view), row.mac, row.token, row.image),
    createdAt: row.createdAt,
    size: view.source.size,
    etag: view.source.etag,
    ...(row.sha256 !== null && { sha256: row.sha256 }),
    files: [...view.receipt],
    notes: [...view.notes],
    ...readTimes(deps, row),
  };
}

/** Hashes every byte that the machine can read, once. E_VIEW_GONE; the source's own errors pass through. */
export async function viewSha256(deps: ReceiptDeps, host: Host, token: string): Promise<string> {
  const row = rowOf(deps.views, host, token);
  if (row.sha256 !== null) return row.sha256;
  const { source } = await deps.views.find(row.mac, row.token);
  const sha256 = await hashed(source);
  deps.views.setSha256(row.token, sha256);
  return sha256;
}

function rowOf(views: Views, host: Host, token: string | undefined): ViewRow {
  const macs = host.interfaces.map(({ mac }) => mac);
  const rows = macs.flatMap((mac) => (token === undefined ? (views.newest(mac) ?? []) : views.known(mac, token)));
  // Another host may have had the MAC before.
  const [newest] = rows.filter((row) => row.host === host.name).sort((a, b) => b.createdAt - a.createdAt);
  if (newest) return newest;
  throw new BootbenchError('E_VIEW_GONE', noView(host.name, token), { next: MAKE_A_VIEW });
}

async function baseOf({ bootUrl, mediaBase }: ReceiptDeps, host: Host, { method }: View): Promise<string> {
  return (method === 'virtual-media' && host.bmc ? await mediaBase?.(host) : undefined) ?? bootUrl();
}

/** When the machine first read its own data, by the events. */
function readTimes({ activity }: ReceiptDeps, { host, token }: ViewRow): Pick<PatchReceipt, 'patchedReadAt' | 'configReadAt'> {
  const events = activity.history({ host, limit: 1000 }).filter(({ data }) => data.view === token.slice(0, 8));
  const first = (type: string): number | undefined => events.findLast((event) => event.type === type)?.at;
  return { patchedReadAt: first('iso.patched-read'), configReadAt: first('iso.config-read') };
}

async function hashed(source: View['source']): Promise<string> {
  const hash = hasher();
  try {
    for (let at = 0; at < source.size; at += HASH_CHUNK_BYTES) await hash.update(await source.read(at, HASH_CHUNK_BYTES));
    return await hash.digest();
  } finally {
    hash.close();
  }
}
