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
  ])('%s', (given) => {
    expect(text(given)).not.toContain(SECRET);
    expect(text(given)).not.toContain(SECRET.replaceAll('-', ''));
    expect(lines(`first\n${given}\nlast`)).not.toContain(SECRET);
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
    'The token file /home/user/.local/share/bootbench/api-token cannot be read.',
  ])('%s', (given) => {
    expect(text(given)).toBe(given);
  });
});
