import { describe, expect, it } from 'vitest';
import { upload } from '../../../renderer/features/images/upload.ts';
import { NO_REPLY } from '../../../renderer/features/images/labels.ts';
import type { ImportEnd } from '../../../renderer/features/images/import-item.ts';

const SIZE = 10;

/** A server that stores what it receives, and a script of what goes wrong: one entry for each PUT. */
function server(faults: ('ok' | 'lost' | 'lost-after' | Response)[] = [], start = { offset: 0, length: 0, id: 'me' }) {
  let { offset, length, id } = start;
  const puts: string[] = [];
  const waits: number[] = [];
  const state = (): Response =>
    new Response(null, {
      headers: { 'Upload-Offset': String(offset), ...(length > 0 && { 'Upload-Length': String(length), 'Upload-Id': id }) },
    });
  const fetch = (_url: unknown, init?: RequestInit): Promise<Response> => {
    const headers = init?.headers as Record<string, string>;
    expect(headers.Authorization).toBe('Bearer key');
    if (init?.method === 'HEAD') return Promise.resolve(state());
    const range = headers['Content-Range'] ?? '';
    puts.push(range);
    const fault = faults.shift() ?? 'ok';
    if (fault instanceof Response) return Promise.resolve(fault);
    if (fault === 'lost') return Promise.reject(new TypeError('Failed to fetch'));
    const [, from, last, total] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? []).map(Number);
    expect((init?.body as ArrayBuffer).byteLength).toBe(last! - from! + 1);
    [offset, length, id] = [last! + 1, total!, headers['Upload-Id'] ?? ''];
    if (fault === 'lost-after') return Promise.reject(new TypeError('Failed to fetch'));
    return Promise.resolve(new Response(null, { status: offset === length ? 201 : 202 }));
  };
  return { puts, waits, fetch: fetch as typeof globalThis.fetch };
}

async function send(
  to: ReturnType<typeof server>,
  signal = new AbortController().signal,
): Promise<{ end: ImportEnd; sent: number[]; problems: (string | undefined)[] }> {
  const sent: number[] = [];
  const problems: (string | undefined)[] = [];
  const job = {
    name: 'a b',
    file: new Blob(['0123456789']),
    id: 'me',
    token: 'key',
    signal,
    onSent: (bytes: number) => sent.push(bytes),
    onProblem: (sentence: string | undefined) => problems.push(sentence),
  };
  const sleep = (ms: number): Promise<void> => {
    to.waits.push(ms);
    return Promise.resolve();
  };
  return { end: await upload(job, { fetch: to.fetch, sleep, sliceBytes: 4 }), sent, problems };
}

const refusal = (code: string, status: number): Response => Response.json({ code, message: 'no', next: 'do' }, { status });

describe('an upload', () => {
  it('goes in slices', async () => {
    const to = server();
    const { end, sent } = await send(to);
    expect(end).toEqual({ kind: 'done' });
    expect(to.puts).toEqual(['bytes 0-3/10', 'bytes 4-7/10', 'bytes 8-9/10']);
    expect(sent).toEqual([0, 4, 8, 10]);
  });

  it('continues at the offset that the server reports', async () => {
    const to = server([], { offset: 7, length: SIZE, id: 'me' });
    await send(to);
    expect(to.puts[0]).toBe('bytes 7-9/10');
  });

  it.each([
    ['of another size', { offset: 7, length: 11, id: 'me' }],
    ['of another file', { offset: 7, length: SIZE, id: 'other' }],
  ])('starts over when the server has a partial %s', async (_name, start) => {
    const to = server([], start);
    await send(to);
    expect(to.puts[0]).toBe('bytes 0-3/10');
  });

  it('asks for the offset after an interruption, with growing waits, and reports the problem', async () => {
    const to = server(['ok', 'lost', 'lost', 'lost']);
    const { end, problems } = await send(to);
    expect(end.kind).toBe('done');
    expect(to.puts).toEqual(['bytes 0-3/10', 'bytes 4-7/10', 'bytes 4-7/10', 'bytes 4-7/10', 'bytes 4-7/10', 'bytes 8-9/10']);
    expect(to.waits.length).toBe(3);
    expect(problems).toContain(NO_REPLY);
    expect(problems.at(-1)).toBeUndefined();
  });

  it('sends nothing twice when only the reply was lost', async () => {
    const to = server(['lost-after', 'ok', 'lost-after']);
    expect((await send(to)).end.kind).toBe('done');
    expect(to.puts).toEqual(['bytes 0-3/10', 'bytes 4-7/10', 'bytes 8-9/10']);
  });

  it('asks again when the server expects another offset', async () => {
    const to = server(['ok', refusal('E_UPLOAD_OFFSET', 409)]);
    expect((await send(to)).end.kind).toBe('done');
    expect(to.puts).toEqual(['bytes 0-3/10', 'bytes 4-7/10', 'bytes 4-7/10', 'bytes 8-9/10']);
  });

  it('ends with the reason of a refusal', async () => {
    const to = server([refusal('E_DISK_FULL', 507)]);
    expect((await send(to)).end).toEqual({ kind: 'failed', error: { code: 'E_DISK_FULL', message: 'no', next: 'do' } });
  });

  it('fails when one offset fails every time', async () => {
    const to = server(Array.from({ length: 20 }, () => 'lost' as const));
    const { end } = await send(to);
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'E_API_UNREACHABLE' } });
    expect(to.puts.length).toBe(6);
  });

  it('does not take an unreadable file for a lost connection', async () => {
    const gone = Object.assign(new Blob(['0123456789']), {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }),
    });
    const job = {
      name: 'a',
      file: gone as unknown as Blob,
      id: 'me',
      token: 'key',
      signal: new AbortController().signal,
      onSent: () => undefined,
      onProblem: () => undefined,
    };
    const end = await upload(job, { fetch: server().fetch, sleep: () => Promise.resolve() });
    expect(end).toMatchObject({
      kind: 'failed',
      error: { code: 'E_IMAGE_GONE', message: 'The file can no longer be read (NotReadableError).' },
    });
  });

  it('is cancelled', async () => {
    const abort = new AbortController();
    abort.abort();
    const to = { ...server(), fetch: () => Promise.reject(new DOMException('', 'AbortError')) };
    expect((await send(to, abort.signal)).end).toEqual({ kind: 'cancelled' });
  });
});
