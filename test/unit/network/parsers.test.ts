import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkStates } from '../../../main-services/network/interface-addresses.ts';
import { parseIfconfig, parseWifiPorts } from '../../../main-services/network/nics-macos.ts';
import { parseWindowsNics } from '../../../main-services/network/nics-windows.ts';
import { parseLsof, parseNetstat, parseProcNet, parseTasklist } from '../../../main-services/network/port-owner-parsers.ts';
import { leavesByGateway, parseNetstatRoutes, parseProcRoute, parseWindowsRoutes } from '../../../main-services/network/routes.ts';

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

  it('reads Get-NetRoute, one route or many', () => {
    const one = '{"DestinationPrefix":"0.0.0.0/0","InterfaceAlias":"Wi-Fi","NextHop":"192.168.1.254"}';
    expect(parseWindowsRoutes(one)).toEqual([{ destination: '0.0.0.0', prefix: 0, interface: 'Wi-Fi', viaGateway: true }]);
    expect(parseWindowsRoutes(`[${one},{"DestinationPrefix":"10.1.0.0/16","InterfaceAlias":"Ethernet 2","NextHop":"0.0.0.0"}]`)[1]).toEqual(
      {
        destination: '10.1.0.0',
        prefix: 16,
        interface: 'Ethernet 2',
        viaGateway: false,
      },
    );
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

describe('Get-NetAdapter', () => {
  it('reads adapters and their addresses', () => {
    const text = JSON.stringify({
      adapters: [
        {
          Name: 'Wi-Fi',
          ifIndex: 12,
          MacAddress: 'A4-83-E7-01-02-03',
          AdminStatus: 1,
          MediaConnectState: 1,
          NdisPhysicalMedium: 9,
          MtuSize: 1500,
          Speed: 866700000,
        },
        {
          Name: 'Ethernet 2',
          ifIndex: 7,
          MacAddress: '00-E0-4C-68-00-01',
          AdminStatus: 1,
          MediaConnectState: 2,
          NdisPhysicalMedium: 14,
          MtuSize: 1500,
          Speed: 0,
        },
      ],
      addresses: [{ ifIndex: 12, IPAddress: '192.168.1.20', PrefixLength: 24 }],
    });
    expect(parseWindowsNics(text)).toEqual([
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
      { name: 'Ethernet 2', index: 7, mac: '00:e0:4c:68:00:01', addresses: [], up: true, carrier: false, wireless: false, mtu: 1500 },
    ]);
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
