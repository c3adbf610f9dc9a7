import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { randomFrom } from '../lab/impairment.ts';

/** `check-process '<CheckJob as JSON>'`, run in the client's namespace: reads some ranges, and prints one sum over all of them as JSON. */
export interface CheckJob {
  readonly url: string;
  /** Of one range. */
  readonly bytes: number;
  /** Ranges begin where they end before this. */
  readonly size: number;
  readonly count: number;
}

async function main({ url, bytes, size, count }: CheckJob): Promise<string> {
  const random = randomFrom(bytes);
  const agent = new Agent({ keepAlive: true });
  const hash = createHash('sha256');
  for (let done = 0; done < count; done++) {
    const from = Math.floor(random() * (size - bytes));
    const part = await rangeOf(agent, url, from, from + bytes - 1);
    if (part.length !== bytes) throw new Error(`${url}: ${part.length} bytes for ${bytes} at ${from}`);
    hash.update(part);
  }
  agent.destroy();
  return hash.digest('hex');
}

function rangeOf(agent: Agent, url: string, first: number, last: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { Range: `bytes=${first}-${last}` } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        if (response.statusCode === 206) resolve(Buffer.concat(parts));
        else reject(new Error(`${url}: status ${response.statusCode ?? 0} for a range`));
      });
      response.on('error', reject);
    }).on('error', reject);
  });
}

console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '') as CheckJob)));
