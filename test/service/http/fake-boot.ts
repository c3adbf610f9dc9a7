import { BootbenchError } from '../../../contract/errors.ts';
import type { BootService, View } from '../../../main-services/boot/boot.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { testView } from '../../fixtures/view.ts';

export const MAC = '52:54:00:88:00:02';
export const DASHED = '52-54-00-88-00-02';
export const TOKEN = 'a'.repeat(32);

/** A Boot that knows one host and one view, and refuses the rest as the real one does. */
export class FakeBoot implements BootService {
  view_: View;
  calls: string[] = [];
  closed = 0;
  /** How often a view was looked up. */
  lookups = 0;
  isoError: BootbenchError | Error | undefined;
  constructor(source: ByteSource, patched: View['patched']) {
    this.view_ = testView({ token: TOKEN, host: 'node-1', mac: MAC, image: 'hook', source, patched });
  }
  identifyMac(): never {
    throw new Error('not asked by http');
  }
  machineAt(): never {
    throw new Error('not asked by http');
  }
  networkDisk(): never {
    throw new Error('not asked by http');
  }
  imageNamed(): never {
    throw new Error('not asked by http');
  }
  imageSource(): never {
    throw new Error('not asked by http');
  }
  identifyAddress() {
    return { kind: 'unknown' as const };
  }
  decide(): never {
    throw new Error('not asked by http');
  }
  notice(): never {
    throw new Error('not asked by http');
  }
  explain(): never {
    throw new Error('not asked by http');
  }
  arguments(): never {
    throw new Error('not asked by http');
  }
  receipt(): never {
    throw new Error('not asked by http');
  }
  viewSha256(): never {
    throw new Error('not asked by http');
  }
  netboot(): never {
    throw new Error('not asked by http');
  }
  mediaUrl(): never {
    throw new Error('not asked by http');
  }
  previewConfig(): never {
    throw new Error('not asked by http');
  }
  script(request: { mac: string; ip?: string }) {
    this.calls.push(`script ${request.mac} ${String(request.ip)}`);
    return Promise.resolve({ text: '#!ipxe\necho hello\n', reasons: [] });
  }
  file(path: string) {
    this.calls.push(`file ${path}`);
    if (path === 'missing.efi')
      return Promise.resolve({ kind: 'missing' as const, code: 'E_BOOT_FILE_MISSING' as const, message: 'There is no missing.efi.' });
    if (path.endsWith('refused.efi')) return Promise.resolve({ kind: 'refused' as const, message: 'This machine may not.' });
    const source = { ...memorySource(Buffer.from('boot file')), close: () => Promise.resolve(void (this.closed += 1)) };
    return Promise.resolve({ kind: 'file' as const, name: path, source, contentType: 'application/efi' });
  }
  view(mac: string, token: string) {
    this.lookups += 1;
    if (this.isoError) return Promise.reject(this.isoError);
    if (mac !== MAC || token !== TOKEN) return Promise.reject(new BootbenchError('E_VIEW_GONE', 'No such view.'));
    return Promise.resolve(this.view_);
  }
  /** The first look-up of a view is what most tests are about. */
  openView(_mac: string, _token: string): View | undefined {
    return undefined;
  }
  viewByMac(mac: string, client: { ip: string }, sourceISO?: string) {
    this.calls.push(`viewByMac ${mac} ${client.ip} ${String(sourceISO)}`);
    if (this.isoError) return Promise.reject(this.isoError);
    if (mac !== MAC) return Promise.reject(new BootbenchError('E_NOT_FOUND', `MAC ${mac} is no host's.`));
    return Promise.resolve(this.view_);
  }
  async isoFile(mac: string, token: string, path: string) {
    const view = await this.view(mac, token);
    return { view, source: await openIsoFile(view.source, path) };
  }
  configByAddress(ip: string, file = 'ks.cfg') {
    if (file === 'other') return Promise.reject(new BootbenchError('E_IDENTITY_AMBIGUOUS', `Address ${ip} could be a or b.`));
    return Promise.resolve({ text: 'lang en_US\n', contentType: 'text/plain; charset=utf-8', file, host: 'node-1', config: 'ks' });
  }
  configByToken(token: string, file = 'ks.cfg') {
    if (token !== TOKEN) throw new BootbenchError('E_VIEW_GONE', 'No such view.');
    return { text: '{"a":1}', contentType: 'application/json', file, host: 'node-1', config: 'ks' };
  }
  bootComplete(client: { ip: string; token?: string }) {
    this.calls.push(`boot-complete ${client.ip} ${String(client.token)}`);
    return Promise.resolve({ host: 'node-1' });
  }
}
