/* Events and progress of machines that read their ISO, and refusals. */

export function refused(ip: string, reason: string): string {
  return `${ip} was refused: ${reason}`;
}

export function isoOpened(host: string, image: string): string {
  return `${host} started reading ${image}.`;
}

export function isoCompleted(host: string, image: string): string {
  return `${host} has read all of ${image}.`;
}

export function patchedRead(host: string, image: string): string {
  return `${host} read its own kernel arguments from ${image}.`;
}

export function configRead(host: string, path: string, image: string): string {
  return `${host} read its config ${path} from ${image}.`;
}

export function fileRead(host: string, path: string): string {
  return `${host} has read ${path}.`;
}

export function reading(host: string, image: string): string {
  return `${host} reads ${image}`;
}

export function stalled(host: string, seconds: number): string {
  return `${host} loaded its kernel, then read nothing for ${seconds} s.`;
}
