/** The Content-Type of each kind of file of the built page; other files are not served. For the window and for browsers alike. */
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  woff: 'font/woff',
  json: 'application/json',
};

/** The Content-Type of a file of the page by its name; undefined for one that the page does not have. */
export function pageFileType(name: string): string | undefined {
  const ending = /\.([a-z0-9]+)$/.exec(name)?.[1];
  return ending !== undefined && Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}
