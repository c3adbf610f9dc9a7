import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';
import { hasTgt, TgtTarget } from '../../fixtures/tgt-target.ts';

/** libiscsi's own test suite, all families, against this target and Debian's tgt beside it, both with the same read-only disk. */

const PROGRAM = '/usr/bin/iscsi-test-cu';
/** Where the package is absent outside CI, these tests are skipped. */
const hasSuite = existsSync(PROGRAM) || process.env.CI !== undefined;
/** Suites that run at a time, each against a target of its own: reservations of one would disturb another. */
const AT_A_TIME = 4;

type Result = 'passed' | 'failed' | 'skipped';

const WRITES = 'It needs a write that succeeds.';
const FULLY_PROVISIONED = 'It is for thin provisioning, which a read-only medium has no use for.';
const SANITIZE = 'It is for SANITIZE, and runs only with --allow-sanitize.';
const REMOVABLE = 'It is for removable media; on a CD it is skipped too, because it is for disks.';
const COPIES = 'It is for third-party copies, whose target would be this medium.';
const PATHS = 'It needs a second path, and writes that succeed.';
const NO_ZERO = 'WRITE SAME of no blocks would be the whole medium; the unit says that it has none of these (WSNZ).';

/** Tests that a read-only target cannot pass, by suite, each with the reason. */
const CANNOT: readonly (readonly [suite: string, names: string, reason: string])[] = [
  ['CompareAndWrite', 'Simple DpoFua Miscompare Unwritten', WRITES],
  ['ExtendedCopy', 'Simple', WRITES],
  ['ExtendedCopy', 'ParamHdr DescrLimits DescrType ValidTgtDescr ValidSegDescr', COPIES],
  ['ReceiveCopyResults', 'CopyStatus OpParams', COPIES],
  ['OrWrite', 'Simple DpoFua Verify', WRITES],
  ['ProutReserve', 'AccessEA AccessWE AccessEARO AccessWERO AccessEAAR AccessWEAR', WRITES],
  ['Write10', 'Simple DpoFua Async', WRITES],
  ['Write12', 'Simple DpoFua', WRITES],
  ['Write16', 'Simple DpoFua', WRITES],
  ['WriteAtomic16', 'Simple BeyondEol WriteProtect DpoFua VPD', WRITES],
  ['WriteSame10', 'Simple Check', WRITES],
  ['WriteSame16', 'Simple Check', WRITES],
  ['WriteVerify10', 'Simple Flags Dpo', WRITES],
  ['WriteVerify12', 'Simple Flags Dpo', WRITES],
  ['WriteVerify16', 'Simple Flags Dpo', WRITES],
  ['iSCSIResiduals', 'Write10Residuals Write12Residuals Write16Residuals', WRITES],
  ['iSCSIResiduals', 'WriteVerify10Residuals WriteVerify12Residuals WriteVerify16Residuals', WRITES],
  ['iSCSITMF', 'AbortTaskSimpleAsync', WRITES],
  ['CompareAndWrite', 'InvalidDataOutSize', FULLY_PROVISIONED],
  ['GetLBAStatus', 'UnmapSingle', FULLY_PROVISIONED],
  ['Inquiry', 'BlockLimits', FULLY_PROVISIONED],
  ['Unmap', 'Simple ZeroBlocks', FULLY_PROVISIONED],
  ['WriteSame10', 'Unmap UnmapUnaligned UnmapUntilEnd InvalidDataOutSize', FULLY_PROVISIONED],
  ['WriteSame16', 'Unmap UnmapUnaligned UnmapUntilEnd InvalidDataOutSize', FULLY_PROVISIONED],
  ['WriteSame10', 'ZeroBlocks', NO_ZERO],
  ['WriteSame16', 'ZeroBlocks', NO_ZERO],
  ['PreventAllow', 'Simple Eject ITNexusLoss Logout WarmReset ColdReset LUNReset 2ITNexuses', REMOVABLE],
  ['StartStopUnit', 'Simple', REMOVABLE],
  ['ReportSupportedOpcodes', 'OneCommand', 'It takes the refusal that it wants to see for a command that is missing; no target passes it.'],
  ['Sanitize', 'BlockErase BlockEraseReserved CryptoErase CryptoEraseReserved ExitFailureMode InvalidServiceAction', SANITIZE],
  ['Sanitize', 'Overwrite OverwriteReserved Readonly Reservations Reset', SANITIZE],
  ['MultipathIO', 'Simple Reset CompareAndWrite CompareAndWriteAsync', PATHS],
];

const run = (args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(PROGRAM, [...args], { timeout: 100_000, maxBuffer: 2 ** 26 }, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });

/** The suites, and how many tests all of them have. */
async function suites(): Promise<{ names: string[]; tests: number }> {
  const lines = (await run(['--list'])).split('\n');
  const names = lines.flatMap((line) => /^ALL\.(\w+)$/.exec(line)?.[1] ?? []);
  return { names, tests: lines.filter((line) => /^ALL\.\w+\.[\w-]+$/.test(line)).length };
}

/** Results by test, as `Suite.Test`. A skipped test counts as passed for libiscsi, so it is told by what it printed. */
function resultsOf(suite: string, output: string): [string, Result][] {
  return output
    .split(/^ {2}Test: /m)
    .slice(1)
    .map((part) => {
      const name = /^[\w-]+/.exec(part)?.[0] ?? '?';
      const [before, passed] = part.split(/passed/);
      const isSkipped = before?.includes('[SKIPPED]') === true;
      return [`${suite}.${name}`, passed === undefined ? 'failed' : isSkipped ? 'skipped' : 'passed'];
    });
}

/** With -d, because nothing of a read-only disk can be lost. */
async function resultsOn(urls: readonly string[]): Promise<Map<string, Result>> {
  const { names: left } = await suites();
  const results = urls.map(async (url) => {
    const own: [string, Result][] = [];
    for (let suite = left.shift(); suite !== undefined; suite = left.shift())
      own.push(...resultsOf(suite, await run(['-d', '-f', `-tALL.${suite}`, url])));
    return own;
  });
  return new Map((await Promise.all(results)).flat());
}

const passedOf = (results: Map<string, Result>): string[] => [...results].flatMap(([name, result]) => (result === 'passed' ? name : []));

describe.skipIf(!hasSuite)('libiscsi’s own tests', () => {
  const bytes = randomFillSync(Buffer.alloc(16 * 1_048_576));
  const ours: IscsiTarget[] = [];
  let dir: string;
  let results: Map<string, Result>;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'iscsi-suite-'));
    for (let index = 0; index < AT_A_TIME; index++) ours.push(await IscsiTarget.start({ device: 'disk', bytes }));
    results = await resultsOn(ours.map((target) => target.url()));
  }, 300_000);

  afterAll(async () => {
    for (const target of ours) await target[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test('pass, but for those that a read-only target cannot pass', async () => {
    const { tests } = await suites();
    expect(results.size).toBe(tests);
    const cannot = CANNOT.flatMap(([suite, names]) => names.split(' ').map((name) => `${suite}.${name}`));
    const others = [...results].filter(([, result]) => result !== 'passed').map(([name]) => name);
    expect(others.toSorted()).toEqual(cannot.toSorted());
    for (const target of ours) expect(target.failures).toEqual([]);
  });

  test.skipIf(!hasTgt)('pass wherever they pass with tgt', { timeout: 300_000 }, async () => {
    const file = join(dir, 'disk.img');
    writeFileSync(file, bytes);
    await using tgt = await TgtTarget.start(file, AT_A_TIME);
    const theirs = await resultsOn(Array.from({ length: AT_A_TIME }, (_, index) => tgt.url(index + 1)));
    const [own, other] = [passedOf(results), passedOf(theirs)];
    console.log(`libiscsi's tests: ${own.length} of ${results.size} pass with this target, ${other.length} with tgt`);
    expect(other.filter((name) => results.get(name) !== 'passed')).toEqual([]);
    expect(other.length).toBeGreaterThan(50);
  });
});
