import { describe, expect, it } from 'vitest';
import { supportRedaction } from '../../../main-services/support/redaction.ts';
import { redactor } from '../../../main-services/trust/redact.ts';

const { text, value, lines } = supportRedaction([]);
const SECRET = 'Xk7-planted-9Q2';

describe('a support bundle hides', () => {
  it.each([
    `password=${SECRET}`,
    `The BMC at https://admin:${SECRET}@10.0.0.2/redfish/v1 does not answer`,
    `{"username":"root","password":"${SECRET}"}`,
    `{"body":"{\\"Password\\":\\"${SECRET}\\"}"}`,
    `curl -H "Authorization: Bearer ${SECRET}"`,
    `authorization: Basic ${SECRET}==`,
    `Sec-WebSocket-Protocol: bootbench.v1, bearer.${SECRET}`,
    `GET /iso/52-54-00-88-00-02/${SECRET}abcdef/lab.iso 206`,
    `GET /iso-files/52-54-00-88-00-02/${SECRET}abcdef/boot/grub.cfg`,
    `GET /config/${SECRET}abcdef/ks.cfg`,
    `http://127.0.0.1:7780/#token=${SECRET}`,
    `POST /api/v1/boot-complete?token=${SECRET}&x=1`,
    `rootpw --plaintext x inst.rootpw=${SECRET} quiet`,
    `ipmitool -H 10.0.0.2 --password ${SECRET} power on`,
    `rd.iscsi.password=${SECRET} rd.iscsi.user=x`,
    `passwd/user-password-crypted password $6$saltsalt$${SECRET.replaceAll('-', '')}xyz`,
    `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
    `sealed as k1.${SECRET}${'a'.repeat(60)}`,
    `BOOTBENCH_PASSPHRASE=${SECRET}`,
    `ssh root:pw  secret: '${SECRET}'`,
    `https://admin:a@${SECRET}@10.0.0.2/redfish/v1`,
    `https://admin:a/${SECRET}@10.0.0.2/redfish/v1`,
    `//admin:${SECRET}@10.0.0.2/share/lab.iso`,
    `netroot=iscsi:user:${SECRET}:ruser:${SECRET}@10.0.0.2::3260::iqn.x`,
    `url=https%3A%2F%2Fadmin%3A${SECRET}%40mirror`,
    `https://mirror/lab.iso?X-Amz-Signature=${SECRET}`,
    `https://mirror/lab.iso?sig=${SECRET}&access_key=${SECRET}`,
    `password=a;b&c"${SECRET}`,
    `password="two ${SECRET} words"`,
    `{"message":"password=\\"two \\\\\\"${SECRET} words\\""}`,
    `password := ${SECRET}`,
    `ADMIN_PW=${SECRET} wifi-psk=${SECRET}`,
    `ipmitool -I lanplus -U root -P ${SECRET} -H 10.0.0.2`,
    `curl -u root:${SECRET} https://10.0.0.2`,
    `rootpw --plaintext ${SECRET}`,
    `rootpw ${SECRET}`,
    `d-i passwd/root-password password ${SECRET}`,
    `set net0/password:string ${SECRET}`,
    `echo root:${SECRET} | chpasswd`,
    `<AdministratorPassword><Value>${SECRET}</Value></AdministratorPassword>`,
    `glpat-${SECRET}`,
  ])('%s', (given) => {
    expect(text(given)).not.toContain(SECRET);
    expect(text(given)).not.toContain(SECRET.replaceAll('-', ''));
    expect(lines(`first\n${given}\nlast`)).not.toContain(SECRET);
  });

  it.each([
    `{"args":["--password","${SECRET}"],"more":["-P","${SECRET}"]}`,
    `{"name":"rootPassword","value":"${SECRET}"}`,
    `{"passwordHash":"${SECRET}","accessKey":"${SECRET}","pwd":"${SECRET}"}`,
  ])('lines of JSON: %s', (given) => {
    expect(lines(given)).not.toContain(SECRET);
  });

  it('nothing in a time that grows with the square of a line', () => {
    const long = ['a:', '-', '\\\\', 'x.', 'password', 'https://', '"', 'set '].map((piece) => piece.repeat(50_000 / piece.length));
    const startedAt = performance.now();
    for (const given of long) text(given);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('members with the name of a secret, at any depth', () => {
    expect(value({ bmc: { Password: SECRET, chapSecret: 7, user: 'root' }, list: [{ apiToken: [SECRET] }], hasPassword: true })).toEqual({
      ...{ bmc: { Password: '•••', chapSecret: '•••', user: 'root' } },
      ...{ list: [{ apiToken: '•••' }], hasPassword: true },
    });
  });

  it('secrets that are known, wherever they are', () => {
    const handled = redactor();
    handled.add('correct horse');
    const redaction = supportRedaction(['battery-staple\n'], handled);
    expect(redaction.lines('{"message":"typed correct horse, then battery-staple"}')).toBe('{"message":"typed •••, then •••"}');
  });
});

describe('a support bundle leaves', () => {
  it.each([
    'r750-03 reads install.img at 93 MB/s',
    'E_BMC_AUTH: The BMC rejected the password.',
    'https://mirror.example.org/fedora/lab.iso',
    'Basic authentication failed',
    'enp3s0 has 192.168.77.1/24',
    'GET /iso/52-54-00-88-00-02/lab.iso 206',
    'Bearer tokens are refused here',
    'at run (file:///opt/node_modules/@scope/name/index.js:12:7)',
    'http://10.0.0.2:8080/a@b/lab.iso: 404',
    '2026-01-02T12:00:01Z 52:54:00:88:00:02 asked by x@y',
    'The signature of Debian was checked.',
    'The token file /home/user/.local/share/bootbench/api-token cannot be read.',
  ])('%s', (given) => {
    expect(text(given)).toBe(given);
  });
});
