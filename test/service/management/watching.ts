import { get } from 'node:http';
import { createInterface } from 'node:readline';
import type { ManagementServer } from '../../fixtures/management-server.ts';

/** One line of a watch. */
export interface Line {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: {
    readonly kind: string;
    readonly code?: unknown;
    readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly annotations?: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
}

/**
 * Reads complete lines of a watch until `isEnough`, then cuts the connection; or until the server ends it. A line that the server was cut off
 * in is not returned.
 */
export function readWatch(
  { management, token }: ManagementServer,
  path: string,
  isEnough: (lines: readonly Line[]) => boolean = () => false,
): Promise<Line[]> {
  return new Promise((resolve, reject) => {
    const request = get(`${management.url}${path}`, { headers: { Authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path}: HTTP ${response.statusCode}`));
      const lines: Line[] = [];
      const done = (): void => {
        request.destroy();
        resolve(lines);
      };
      const reader = createInterface(response);
      for (const each of [response, reader]) each.on('error', () => undefined);
      response.on('close', done);
      reader.on('line', (text) => {
        if (isEnough(lines) || !text.endsWith('}')) return;
        lines.push(JSON.parse(text) as Line);
        if (isEnough(lines)) done();
      });
    });
    request.on('error', reject);
  });
}
