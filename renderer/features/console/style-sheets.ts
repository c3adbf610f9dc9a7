/**
 * The page's document for xterm.js, in which a style element is a hidden one whose text becomes an adopted style sheet: the page's policy
 * refuses inline styles, and xterm.js 6 writes its own into `<style>`.
 */
export function documentWithSheets(): { document: Document; dispose(): void } {
  const sheets = new Map<Node, CSSStyleSheet>();
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) sheets.get(target)?.replaceSync(target.textContent ?? '');
  });
  const createStyle = (): HTMLElement => {
    const element = document.createElement('div');
    element.hidden = true;
    const sheet = new CSSStyleSheet();
    sheets.set(element, sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    observer.observe(element, { childList: true });
    return element;
  };
  const proxy = new Proxy(document, {
    get(target, name) {
      if (name === 'createElement') {
        return (tag: string): HTMLElement => (tag === 'style' ? createStyle() : target.createElement(tag));
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    document: proxy,
    dispose() {
      observer.disconnect();
      const own = new Set(sheets.values());
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !own.has(sheet));
    },
  };
}
