export interface ProcNetRow {
  readonly port: number;
  readonly listening: boolean;
  readonly uid: number;
  readonly inode: number;
}

/** The sockets of /proc/net/{udp,tcp,udp6,tcp6}: hexadecimal addresses, state 0A is LISTEN (proc(5)). */
export function parseProcNet(text: string): ProcNetRow[] {
  const rows: ProcNetRow[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = /:([0-9A-F]{4})$/.exec(fields[1] ?? '')?.[1];
    if (port === undefined || fields[7] === undefined || fields[9] === undefined) continue;
    rows.push({ port: parseInt(port, 16), listening: fields[3] === '0A', uid: Number(fields[7]), inode: Number(fields[9]) });
  }
  return rows;
}

/** `lsof -Fpc`: lines `p812` and `cdnsmasq`. The first process, such as `dnsmasq (pid 812)`. */
export function parseLsof(text: string): string | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  if (pid === undefined) return undefined;
  const name = /^c(.+)$/m.exec(text)?.[1] ?? 'a program';
  return `${name} (pid ${pid})`;
}

/** `netstat -ano`: the process id is the last column; UDP rows have no state. The state is translated on other Windows languages, so it is not read. */
export function parseNetstat(text: string, protocol: 'udp' | 'tcp', port: number): number | undefined {
  for (const line of text.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    const bound = fields[0]?.toLowerCase() === protocol && fields[1]?.endsWith(`:${port}`);
    // A listening TCP row has the foreign address 0.0.0.0:0 or [::]:0.
    const listening = protocol === 'udp' || fields[2]?.endsWith(':0');
    const pid = Number(fields.at(-1));
    if (bound && listening && Number.isInteger(pid) && pid > 0) return pid;
  }
  return undefined;
}

/** `tasklist /FO CSV /NH`: `"svchost.exe","1234","Services","0","8,000 K"`. */
export function parseTasklist(text: string): string | undefined {
  return /^"([^"]+)","\d+"/m.exec(text)?.[1];
}
