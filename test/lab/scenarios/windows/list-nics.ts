import { listNics } from '../../../../main-services/network/nics.ts';

console.log(JSON.stringify(await listNics()));
