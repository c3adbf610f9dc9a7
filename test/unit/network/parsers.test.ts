import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkStates } from '../../../main-services/network/interface-addresses.ts';
import { parseIfconfig, parseWifiPorts } from '../../../main-services/network/nics-macos.ts';
import { parseAdapterAddresses } from '../../../main-services/network/nics-windows.ts';
import { parseLsof, parseNetstat, parseProcNet, parseTasklist } from '../../../main-services/network/port-owner-parsers.ts';
import { leavesByGateway, parseNetstatRoutes, parseIpForwardTable, parseProcRoute } from '../../../main-services/network/routes.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const none = new Uint8Array();

describe('getifaddrs on Linux', () => {
  const entries = [
    //                                        family proto index    type halen        MAC
    { name: 'lo', flags: 0x10049, address: hex('1100 0000 01000000 0403 00 06 000000000000 0000'), netmask: none },
    { name: 'lab0', flags: 0x11043, address: hex('1100 0000 05000000 0100 00 06 525400abcdef 0000'), netmask: none },
    { name: 'off0', flags: 0x1002, address: hex('1100 0000 06000000 0100 00 06 525400000006 0000'), netmask: none },
    { name: 'tun0', flags: 0x110d1, address: hex('1100 0000 07000000 feff 00 00 000000000000 0000'), netmask: none },
    {
      name: 'lo',
      flags: 0x10049,
      address: hex('0200 0000 7f000001 0000000000000000'),
      netmask: hex('0200 0000 ff000000 0000000000000000'),
    },
    {
      name: 'lab0',
      flags: 0x11043,
      address: hex('0200 0000 c0a84d01 0000000000000000'),
      netmask: hex('0200 0000 ffffff00 0000000000000000'),
    },
    {
      name: 'lab0:1',
      flags: 0x11043,
      address: hex('0200 0000 0a000001 0000000000000000'),
      netmask: hex('0200 0000 ff000000 0000000000000000'),
    },
    { name: 'lab0', flags: 0x11043, address: hex('0a00'), netmask: hex('0a00') },
    { name: 'tun0', flags: 0x110d1, address: hex('0200 0000 0a080006 0000000000000000'), netmask: none },
    { name: 'odd0', flags: 0x1, address: none, netmask: none },
  ];
  const [lo, lab, off, tun, ...rest] = linkStates(entries);

  it('finds every port, with and without address', () => {
    expect([lo, lab, off, tun].map((link) => link?.name)).toEqual(['lo', 'lab0', 'off0', 'tun0']);
    expect(rest).toEqual([]);
  });

  it('reads index, MAC, all addresses and alias labels', () => {
    expect(lab).toEqual({
      name: 'lab0',
      index: 5,
      mac: '52:54:00:ab:cd:ef',
      addresses: [
        { address: '192.168.77.1', netmask: '255.255.255.0' },
        { address: '10.0.0.1', netmask: '255.0.0.0' },
      ],
      up: true,
      carrier: true,
      loopback: false,
    });
  });

  it('tells loopback, switched off, and no MAC', () => {
    expect(lo).toMatchObject({ loopback: true, carrier: true });
    expect(off).toMatchObject({ up: false, carrier: false, addresses: [] });
    expect(tun).toMatchObject({ mac: '', addresses: [{ address: '10.8.0.6', netmask: '255.255.255.255' }] });
  });
});

describe('routes', () => {
  it('reads /proc/net/route', () => {
    const text = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
      'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
      '*\t000010AC\t00000000\t0200\t0\t0\t0\t0000F0FF\t0\t0\t0',
      '',
    ].join('\n');
    expect(parseProcRoute(text)).toEqual([
      { destination: '0.0.0.0', prefix: 0, interface: 'eth0', viaGateway: true },
      { destination: '192.168.2.0', prefix: 24, interface: 'eth0', viaGateway: false },
      { destination: '10.0.0.0', prefix: 8, interface: 'tun0', viaGateway: false },
    ]);
  });

  it('reads netstat of macOS with its shortened destinations', () => {
    const text = [
      'Routing tables',
      '',
      'Internet:',
      'Destination        Gateway            Flags               Netif Expire',
      'default            192.168.1.254      UGScg                 en0       ',
      '10/8               link#20            UCS                 utun3       ',
      '127                127.0.0.1          UCS                   lo0       ',
      '127.0.0.1          127.0.0.1          UH                    lo0       ',
      '169.254            link#6             UCS                   en0      !',
      '192.168.1          link#6             UCS                   en0      !',
      '192.168.1.254/32   link#6             UCS                   en0      !',
    ].join('\n');
    expect(parseNetstatRoutes(text)).toEqual([
      { destination: '0.0.0.0', prefix: 0, interface: 'en0', viaGateway: true },
      { destination: '10.0.0.0', prefix: 8, interface: 'utun3', viaGateway: false },
      { destination: '127.0.0.0', prefix: 8, interface: 'lo0', viaGateway: false },
      { destination: '127.0.0.1', prefix: 32, interface: 'lo0', viaGateway: false },
      { destination: '169.254.0.0', prefix: 16, interface: 'en0', viaGateway: false },
      { destination: '192.168.1.0', prefix: 24, interface: 'en0', viaGateway: false },
      { destination: '192.168.1.254', prefix: 32, interface: 'en0', viaGateway: false },
    ]);
  });

  it('reads GetIpForwardTable of Windows', () => {
    // prettier-ignore
    const table = Buffer.from([
      3, 0, 0, 0, // rows
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 168, 1, 254, // 0.0.0.0/0, policy, next hop
      12, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, ...Array<number>(28).fill(0), // port 12, by a gateway, protocol 3
      10, 1, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 10, 1, 0, 5,
      7, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, ...Array<number>(28).fill(0), // port 7, on-link
      10, 2, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 10, 1, 0, 5,
      9, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, ...Array<number>(28).fill(0), // a port that is not listed
    ]);
    const names = new Map([
      [12, 'Wi-Fi'],
      [7, 'Ethernet 2'],
    ]);
    const expected = [
      { destination: '0.0.0.0', prefix: 0, interface: 'Wi-Fi', viaGateway: true },
      { destination: '10.1.0.0', prefix: 16, interface: 'Ethernet 2', viaGateway: false },
    ];
    expect(parseIpForwardTable(table, names)).toEqual(expected);
    expect(parseIpForwardTable(table.subarray(0, 70), names)).toEqual(expected.slice(0, 1));
    expect(parseIpForwardTable(new Uint8Array(0), names)).toEqual([]);
  });

  it.each([
    ['10.0.5.20', true, 'a route through a router'],
    ['10.0.6.20', false, 'a narrower route without one'],
    ['10.1.0.20', false, 'the default route is another port’s'],
    ['192.168.77.20', false, 'its own subnet'],
  ])('b1: a reply to %s leaves lab0 by a gateway: %s (%s)', (to, expected) => {
    const known = [
      { destination: '0.0.0.0', prefix: 0, interface: 'wlan0', viaGateway: true },
      { destination: '192.168.77.0', prefix: 24, interface: 'lab0', viaGateway: false },
      { destination: '10.0.0.0', prefix: 16, interface: 'lab0', viaGateway: true },
      { destination: '10.0.6.0', prefix: 24, interface: 'lab0', viaGateway: false },
    ];
    expect(leavesByGateway(known, 'lab0', to)).toBe(expected);
  });

  it('takes any text without a throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseProcRoute(`head\n${text}`);
        parseNetstatRoutes(text);
        parseIfconfig(text);
        parseProcNet(text);
        parseNetstat(text, 'udp', 67);
      }),
    );
  });
});

describe('ifconfig of macOS', () => {
  const text = [
    'lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384',
    '\toptions=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>',
    '\tinet 127.0.0.1 netmask 0xff000000 ',
    '\tinet6 ::1 prefixlen 128 ',
    'en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500',
    '\tether a4:83:e7:01:02:03 ',
    '\tinet 192.168.1.20 netmask 0xffffff00 broadcast 192.168.1.255',
    '\tmedia: autoselect',
    '\tstatus: active',
    'en5: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500',
    '\tether 00:e0:4c:68:00:01 ',
    '\tinet 169.254.7.9 netmask 0xffff0000 broadcast 169.254.255.255',
    '\tmedia: autoselect (1000baseT <full-duplex>)',
    '\tstatus: active',
    'en6: flags=8822<BROADCAST,SMART,SIMPLEX,MULTICAST> mtu 1500',
    '\tether 00:e0:4c:68:00:02 ',
    '\tmedia: autoselect (none)',
    '\tstatus: inactive',
    '',
  ].join('\n');
  const [lo, wifi, usb, off] = parseIfconfig(text);

  it('reads names, MACs, addresses, carrier and speed', () => {
    expect(lo).toMatchObject({ name: 'lo0', carrier: true, mtu: 16384, addresses: [{ address: '127.0.0.1', netmask: '255.0.0.0' }] });
    expect(wifi).toMatchObject({
      name: 'en0',
      mac: 'a4:83:e7:01:02:03',
      addresses: [{ address: '192.168.1.20', netmask: '255.255.255.0' }],
    });
    expect(usb).toMatchObject({ name: 'en5', carrier: true, speed: 1000, up: true });
    expect(off).toMatchObject({ name: 'en6', carrier: false, up: false, addresses: [] });
  });

  it('knows the Wi-Fi ports', () => {
    const ports = 'Hardware Port: Wi-Fi\nDevice: en0\nEthernet Address: a4:83:e7:01:02:03\n\nHardware Port: USB LAN\nDevice: en5\n';
    expect([...parseWifiPorts(ports)]).toEqual(['en0']);
  });
});

describe('GetAdaptersAddresses of Windows', () => {
  const BASE = 0x7ff6_1234_0000n;
  const u16 = (value: number): number[] => [value & 255, value >> 8];
  const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
  const u64 = (value: bigint): number[] => [...u32(Number(value & 0xffffffffn)), ...u32(Number(value >> 32n))];
  const pointer = (offset: number | undefined): number[] => u64(offset === undefined ? 0n : BASE + BigInt(offset));
  const NONE = pointer(undefined);

  /** IP_ADAPTER_ADDRESSES_LH up to ReceiveLinkSpeed: 200 bytes. */
  const adapter = (facts: {
    index: number;
    next?: number;
    unicast?: number;
    name: number;
    mac: number[];
    mtu: number;
    type: number;
    status: number;
    speed: bigint;
  }): number[] => [
    ...[...u32(448), ...u32(facts.index), ...pointer(facts.next), ...NONE], // length, IfIndex, Next, AdapterName
    ...[...pointer(facts.unicast), ...NONE, ...NONE, ...NONE], // unicast, anycast, multicast, DNS servers
    ...[...NONE, ...NONE, ...pointer(facts.name)], // DnsSuffix, Description, FriendlyName
    ...[...facts.mac, ...Array<number>(8 - facts.mac.length).fill(0), ...u32(facts.mac.length)], // PhysicalAddress and its length
    ...[...u32(0x1c5), ...u32(facts.mtu), ...u32(facts.type), ...u32(facts.status)], // Flags, Mtu, IfType, OperStatus
    ...[...u32(0), ...Array<number>(64).fill(0), ...NONE], // Ipv6IfIndex, ZoneIndices, FirstPrefix
    ...[...u64(facts.speed), ...u64(facts.speed)], // TransmitLinkSpeed, ReceiveLinkSpeed
  ];

  const SECOND = 200;
  const UNICAST = 400;
  const SOCKADDR = 464;
  const NAMES = 480;
  const wifi = { index: 12, next: SECOND, unicast: UNICAST, name: NAMES, mac: [0xa4, 0x83, 0xe7, 1, 2, 3], mtu: 1500 };
  const memory = Buffer.from([
    ...adapter({ ...wifi, type: 71, status: 1, speed: 866_700_000n }),
    // Without a cable the speed is unknown.
    ...adapter({
      index: 7,
      name: NAMES + 12,
      mac: [0, 0xe0, 0x4c, 0x68, 0, 1],
      mtu: 0xffffffff,
      type: 6,
      status: 2,
      speed: 2n ** 64n - 1n,
    }),
    ...[...u32(64), ...u32(0), ...NONE, ...pointer(SOCKADDR), ...u32(16), ...u32(0)], // length, flags, next, sockaddr and its length
    ...[...Array<number>(24).fill(0), 24, ...Array<number>(7).fill(0)], // origins and lifetimes, OnLinkPrefixLength
    ...[...u16(2), 0, 0, 192, 168, 1, 20, ...Array<number>(8).fill(0)], // sockaddr_in
    ...Buffer.from('Wi-Fi\0Büro 2\0', 'utf16le'),
  ]);

  it('reads ports, their names and addresses', () => {
    expect(parseAdapterAddresses({ bytes: memory, base: BASE })).toEqual([
      {
        name: 'Wi-Fi',
        index: 12,
        mac: 'a4:83:e7:01:02:03',
        addresses: [{ address: '192.168.1.20', netmask: '255.255.255.0' }],
        up: true,
        carrier: true,
        speed: 867,
        wireless: true,
        mtu: 1500,
      },
      { name: 'Büro 2', index: 7, mac: '00:e0:4c:68:00:01', addresses: [], up: true, carrier: false, wireless: false, mtu: 1500 },
    ]);
  });

  it('reads an empty table as no ports', () => {
    expect(parseAdapterAddresses({ bytes: new Uint8Array(16_384), base: BASE })).toEqual([]);
  });

  it('ends at any memory, whatever it points to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(memory.length - 1), fc.nat(255)), { maxLength: 40 }),
        fc.nat(memory.length),
        (changes, length) => {
          const bytes = Buffer.from(memory);
          for (const [at, value] of changes) bytes[at] = value;
          const ports = parseAdapterAddresses({ bytes: bytes.subarray(0, length), base: BASE });
          expect(ports.length).toBeLessThanOrEqual(4096);
        },
      ),
    );
    const loop = Buffer.from(memory);
    Buffer.from(u64(BASE)).copy(loop, 8);
    expect(parseAdapterAddresses({ bytes: loop, base: BASE }).length).toBe(4096);
  });
});

describe('who holds a port', () => {
  it('reads /proc/net/udp and tcp', () => {
    const udp = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n';
    const row = '  322: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 23871 2 00000000 0\n';
    expect(parseProcNet(udp + row)).toEqual([{ port: 67, listening: false, uid: 101, inode: 23871 }]);
    const tcp6 =
      '   0: 00000000000000000000000000000000:1BA8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9 1 0 100 0 0 10 0\n';
    expect(parseProcNet(udp + tcp6)).toEqual([{ port: 7080, listening: true, uid: 0, inode: 9 }]);
  });

  it('reads lsof', () => {
    expect(parseLsof('p812\ncdnsmasq\nf4\n')).toBe('dnsmasq (pid 812)');
    expect(parseLsof('')).toBeUndefined();
  });

  it('reads netstat of Windows in any language', () => {
    const text = [
      'Aktive Verbindungen',
      '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
      '  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1012',
      '  TCP    192.168.1.20:7080      192.168.1.30:50022     HERGESTELLT     77',
      '  TCP    0.0.0.0:7080           0.0.0.0:0              ABHÖREN         4711',
      '  UDP    0.0.0.0:67             *:*                                    3344',
    ].join('\r\n');
    expect(parseNetstat(text, 'tcp', 7080)).toBe(4711);
    expect(parseNetstat(text, 'udp', 67)).toBe(3344);
    expect(parseNetstat(text, 'udp', 69)).toBeUndefined();
    expect(parseTasklist('"svchost.exe","3344","Services","0","8.000 K"\r\n')).toBe('svchost.exe');
    expect(parseTasklist('INFO: No tasks are running')).toBeUndefined();
  });
});
