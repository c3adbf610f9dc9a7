import { constants } from 'node:os';

/** What a call moved, in bytes; `full`: the socket takes nothing now; `gone`: the connection is over, or the call is not possible. */
export type Sent = number | 'full' | 'gone';

/** The system's own calls that send bytes of memory and of files to a socket without a copy in this program. None of them waits. */
export interface DirectSend {
  /** send(2) of the first `length` bytes. `more`: further bytes follow at once, so that they share a packet. */
  send(socket: number, bytes: Uint8Array, length: number, more: boolean): Sent;
  /** sendfile(2): bytes of an open file. 0 where the file has none at this offset. */
  sendFile(socket: number, file: number, offset: number, length: number): Sent;
}

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;

let loading: Promise<DirectSend | undefined> | undefined;

/**
 * Linux only, through koffi; undefined elsewhere and where koffi does not load. sendfile(2) to a socket whose connection is over raises
 * SIGPIPE, which Node ignores.
 */
export function directSend(): Promise<DirectSend | undefined> {
  loading ??= process.platform === 'linux' ? load().catch(() => undefined) : Promise.resolve(undefined);
  return loading;
}

type Call = (...values: unknown[]) => number;

async function load(): Promise<DirectSend> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const send = library.func('send', 'int64_t', ['int', 'void *', 'size_t', 'int']) as Call;
  const sendfile = library.func('sendfile64', 'int64_t', ['int', 'int', 'void *', 'size_t']) as Call;
  const at = new BigInt64Array(1);
  const answer = (moved: number): Sent => {
    if (moved >= 0) return moved;
    const errno = koffi.errno();
    return errno === constants.errno.EAGAIN || errno === constants.errno.EINTR ? 'full' : 'gone';
  };
  return {
    send: (socket, bytes, length, more) => answer(send(socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0))),
    sendFile(socket, file, offset, length) {
      at[0] = BigInt(offset);
      return answer(sendfile(socket, file, at, length));
    },
  };
}
