import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseLsof, parseNetstat, parseProcNet, parseTasklist } from './port-owner-parsers.ts';
import { program, programOfUser, thisProgram } from './sentences.ts';

const run = promisify(execFile);

/** The program that has the port, such as `dnsmasq (pid 812)`; undefined when the system does not show it. Never throws; best effort. */
export async function portHolder(protocol: 'udp' | 'tcp', port: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await linuxHolder(protocol, port);
    return process.platform === 'win32' ? await windowsHolder(protocol, port) : await lsofHolder(protocol, port);
  } catch {
    return undefined;
  }
}

async function linuxHolder(protocol: 'udp' | 'tcp', port: number): Promise<string | undefined> {
  const tables = await Promise.all([protocol, `${protocol}6`].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  const rows = tables.flatMap(parseProcNet).filter((row) => row.port === port && (protocol === 'udp' || row.listening));
  if (rows.length === 0) return undefined;
  const found = await processesWith(new Set(rows.map((row) => `socket:[${row.inode}]`)));
  if (found.length > 0) return found.join(', ');
  const uids = [...new Set(rows.map((row) => row.uid))].join(', ');
  return programOfUser(uids);
}

async function processesWith(links: ReadonlySet<string>): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    if (await holdsAny(pid, links)) found.push(await describe(pid));
  }
  return found;
}

/** False also for a process that has just ended, or whose files cannot be read. */
async function holdsAny(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const fd of fds) {
    if (links.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) return true;
  }
  return false;
}

async function describe(pid: string): Promise<string> {
  if (Number(pid) === process.pid) return thisProgram(pid);
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
  return program(name.trim(), pid);
}

async function lsofHolder(protocol: 'udp' | 'tcp', port: number): Promise<string | undefined> {
  const state = protocol === 'tcp' ? ['-sTCP:LISTEN'] : [];
  const { stdout } = await run('lsof', ['-nP', `-i${protocol.toUpperCase()}:${port}`, ...state, '-Fpc'], { timeout: 3000 });
  return parseLsof(stdout);
}

async function windowsHolder(protocol: 'udp' | 'tcp', port: number): Promise<string | undefined> {
  const { stdout } = await run('netstat', ['-ano', '-p', protocol], { timeout: 5000 });
  const pid = parseNetstat(stdout, protocol, port);
  if (pid === undefined) return undefined;
  const tasks = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], { timeout: 5000 });
  return program(parseTasklist(tasks.stdout) ?? 'a program', pid);
}
