import { describe, expect, test } from 'vitest';
import { DEFAULTS, negotiate, redeclare } from '../../../main-services/iscsi/login/negotiate.ts';
import type { TextPair } from '../../../main-services/iscsi/wire/text.ts';

const IPXE: TextPair[] = [
  ['HeaderDigest', 'None'],
  ['DataDigest', 'None'],
  ['MaxConnections', '1'],
  ['InitialR2T', 'Yes'],
  ['ImmediateData', 'No'],
  ['MaxRecvDataSegmentLength', '8192'],
  ['MaxBurstLength', '262144'],
  ['FirstBurstLength', '65536'],
  ['DefaultTime2Wait', '0'],
  ['DefaultTime2Retain', '0'],
  ['MaxOutstandingR2T', '1'],
  ['DataPDUInOrder', 'Yes'],
  ['DataSequenceInOrder', 'Yes'],
  ['ErrorRecoveryLevel', '0'],
];

describe('negotiation', () => {
  test('what iPXE offers is accepted as it is', () => {
    const { answers, agreed } = negotiate(IPXE, DEFAULTS);
    expect(answers).toEqual(IPXE.filter(([key]) => key !== 'MaxRecvDataSegmentLength'));
    expect(agreed).toEqual({ digests: { header: false, data: false }, maxSend: 8192, maxBurst: 262_144 });
  });

  test.each([
    ['HeaderDigest', 'CRC32C,None', 'CRC32C'],
    ['HeaderDigest', 'None,CRC32C', 'None'],
    ['DataDigest', 'X-com.example,CRC32C', 'CRC32C'],
    ['DataDigest', 'X-com.example', 'Reject'],
    ['MaxConnections', '8', '1'],
    ['MaxConnections', '0', 'Reject'],
    ['InitialR2T', 'No', 'Yes'],
    ['InitialR2T', 'Maybe', 'Reject'],
    ['ImmediateData', 'Yes', 'Yes'],
    ['ImmediateData', 'yes', 'Reject'],
    ['MaxBurstLength', '16776192', '1048576'],
    ['MaxBurstLength', '511', 'Reject'],
    ['MaxBurstLength', '16777216', 'Reject'],
    ['FirstBurstLength', '262144', '65536'],
    ['DefaultTime2Wait', '2', '2'],
    ['DefaultTime2Wait', '3601', 'Reject'],
    ['DefaultTime2Retain', '20', '0'],
    ['MaxOutstandingR2T', '16', '1'],
    ['DataPDUInOrder', 'No', 'Yes'],
    ['DataSequenceInOrder', 'Perhaps', 'Reject'],
    ['ErrorRecoveryLevel', '2', '0'],
    ['ErrorRecoveryLevel', '3', 'Reject'],
    ['IFMarker', 'Yes', 'No'],
    ['OFMarker', 'No', 'No'],
    ['RDMAExtensions', 'Yes', 'No'],
    ['TaskReporting', 'FastAbort,RFC3720', 'RFC3720'],
    ['TaskReporting', 'FastAbort', 'Reject'],
    ['iSCSIProtocolLevel', '2', '1'],
    ['X-com.example.key', '1', 'NotUnderstood'],
    ['constructor', '1', 'NotUnderstood'],
    ['__proto__', '1', 'NotUnderstood'],
  ])('%s=%s is answered %s', (key, offer, answer) => {
    expect(negotiate([[key, offer]], DEFAULTS).answers).toEqual([[key, answer]]);
  });

  test('declarations have no answer', () => {
    const pairs: TextPair[] = [
      ['InitiatorName', 'iqn.x'],
      ['InitiatorAlias', 'x'],
      ['TargetName', 'iqn.y'],
      ['SessionType', 'Normal'],
      ['MaxRecvDataSegmentLength', '262144'],
    ];
    const { answers, agreed } = negotiate(pairs, DEFAULTS);
    expect(answers).toEqual([]);
    expect(agreed.maxSend).toBe(262_144);
  });

  test.each(['511', '16777216', 'x'])('a longest data segment of %s does not count', (value) => {
    expect(negotiate([['MaxRecvDataSegmentLength', value]], DEFAULTS).agreed.maxSend).toBe(8192);
  });

  test('digests and bursts are agreed as they are answered', () => {
    const pairs: TextPair[] = [
      ['HeaderDigest', 'CRC32C'],
      ['DataDigest', 'CRC32C'],
      ['MaxBurstLength', '1024'],
    ];
    expect(negotiate(pairs, DEFAULTS).agreed).toMatchObject({ digests: { header: true, data: true }, maxBurst: 1024 });
  });

  test('after the login only the longest data segment may change', () => {
    const pairs: TextPair[] = [
      ['MaxRecvDataSegmentLength', '4096'],
      ['HeaderDigest', 'CRC32C'],
      ['X-key', '1'],
    ];
    expect(redeclare(pairs, DEFAULTS)).toEqual({
      answers: [
        ['HeaderDigest', 'Reject'],
        ['X-key', 'NotUnderstood'],
      ],
      agreed: { ...DEFAULTS, maxSend: 4096 },
    });
  });
});
