/* Errors and notes of views, images and configs. */

export const UNKNOWN_TOKEN = 'Unknown or expired boot URL token.';

export function viewChanged(image: string, host: string): string {
  return `The view of ${image} for ${host} would have different bytes than when its URL was issued.`;
}

export function imageRemoved(image: string): string {
  return `Image ${image} was removed.`;
}

export const ADD_IMAGE_AGAIN = 'Add it again, or boot the machine again.';

export function noView(host: string, token: string | undefined): string {
  return `${host} has no view of an ISO${token === undefined ? ' yet' : ' with this token'}.`;
}

export const MAKE_A_VIEW = 'Assign an image and power the machine on, or run `bootbench media HOST url`.';

// Images

export function imageUnreadable(image: string, cause: string): string {
  return `Image ${image} cannot be read. ${cause}`;
}

export function imageReadable(image: string): string {
  return `Image ${image} can be read again.`;
}

export function imageReplacedOnServer(image: string): string {
  return `The ISO of image ${image} has changed on its server since it was added.`;
}

export function useNewIso(image: string): string {
  return `To use the new one: bootbench image set ${image} --source URL`;
}

// Arguments

export const NOTHING_ADDED = 'The image is served unmodified, so nothing is added to it.';

export function doesNotBootBy(image: string, method: string, fact: string): string {
  return `${image} does not boot by ${method}. ${fact}`;
}

export function kernelArgumentsOf(subject: string): string {
  return `kernel arguments of ${subject}`;
}

// Configs

export function noConfigAssigned(host: string): string {
  return `Host ${host} has no config assigned.`;
}

export function noConfigInView(host: string): string {
  return `Host ${host} had no config when this URL was issued.`;
}
