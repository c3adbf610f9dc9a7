#!/usr/bin/env node
// Plain JS for Node 18 and later: finds the project's own Node and runs the built CLI on it. (better-sqlite3 needs Node-API 10;
// on an older Node it does not fail, it crashes.)
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'out', 'main', 'cli.js');

if (!existsSync(cli)) fail(`Bootbench is not built yet. Run npm start once in ${root}.`);
else if (Number(process.versions.napi) >= 10) await import(pathToFileURL(cli).href);
else runOn(projectNode());

function projectNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const exe = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', exe), join(root, 'node_modules', '.bin', exe)];
  return places.find((place) => existsSync(place));
}

function runOn(node) {
  if (!node) {
    fail(`Bootbench needs Node 24; this is ${process.version}, and ${root} has none of its own. Run npm start once there, or use Node 24.`);
    return;
  }
  // The channel closes when this process ends, for whatever reason, and the child notices.
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // On Windows the child gets them from the console itself, and kill() would end it before it has stopped its services.
  const forward = process.platform === 'win32' ? () => undefined : (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(signal, forward);
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
