/*
 * Lets xterm.js style itself under the page's policy, which refuses inline styles. What it writes is the same; only the way differs.
 */

const HTML = 'http://www.w3.org/1999/xhtml';

/**
 * Opens a terminal. Each style element that it creates becomes a hidden element whose text is an adopted style sheet. (Its option
 * `documentOverride` does not reach all of them.) Returns what removes the sheets.
 */
export function openWithAdoptedStyles(open: () => void): () => void {
  const sheets = new Map<Node, CSSStyleSheet>();
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) sheets.get(target)?.replaceSync(target.textContent ?? '');
  });
  const createStyle = (): Element => {
    const element = document.createElementNS(HTML, 'div');
    element.setAttribute('hidden', '');
    const sheet = new CSSStyleSheet();
    sheets.set(element, sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    observer.observe(element, { childList: true });
    return element;
  };
  const value = (tag: string): Element => (tag === 'style' ? createStyle() : document.createElementNS(HTML, tag));
  Object.defineProperty(document, 'createElement', { value, configurable: true });
  try {
    open();
  } finally {
    // The prototype's is visible again.
    Reflect.deleteProperty(document, 'createElement');
  }
  return () => {
    observer.disconnect();
    const own = new Set(sheets.values());
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !own.has(sheet));
  };
}

/** For the spans of its rows: 24-bit colours and selected cells are style attributes, which as properties are not inline styles. */
Object.defineProperty(HTMLSpanElement.prototype, 'setAttribute', {
  configurable: true,
  value(this: HTMLSpanElement, name: string, text: string): void {
    if (name === 'style') this.style.cssText = text;
    else Element.prototype.setAttribute.call(this, name, text);
  },
});
