import { TestBmc } from '../../fixtures/ipmi-bmc/test-bmc.ts';

/** `sol-bmc ADDRESS PORT`: the test BMC, suite 17 only; its machine echoes. The password is in BMC_PASSWORD. */
const [address = '127.0.0.1', port = '0'] = process.argv.slice(2);
await TestBmc.start({ address, port: Number(port), password: process.env.BMC_PASSWORD ?? '', suites: [17] });
console.log('ready');
