/** The style of the page, in the colours of the UI (renderer/ui/tokens.css). */
export const STYLE = `
:root { color-scheme: light dark; --ground: light-dark(#fbfbf9, #14171a); --raised: light-dark(#f1f1ee, #1c2024); --ink: light-dark(#1b1f23, #e9ebee);
  --quiet: light-dark(#565f69, #a0a9b3); --line: light-dark(#dcdedf, #2b3036); --link: light-dark(#8a5300, #f5b84d); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 400 14px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 24px 80px; }
h1 { font-size: 22px; margin: 0 0 8px; }
h2 { font-size: 16px; margin: 40px 0 4px; }
h3 { font-size: 14px; margin: 16px 0 4px; }
p { margin: 4px 0; max-width: 80ch; }
a { color: var(--link); }
code, pre, .path, .method { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 13px; }
pre { margin: 4px 0; padding: 12px; background: var(--raised); border-radius: 6px; overflow-x: auto; }
pre i, .quiet { color: var(--quiet); font-style: normal; }
details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { display: grid; grid-template-columns: 72px minmax(0, 5fr) minmax(0, 4fr); gap: 8px; padding: 8px 4px; cursor: pointer; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.method { font-weight: 700; }
.path { overflow-wrap: anywhere; }
.body { padding: 0 4px 16px 80px; }
table { border-collapse: collapse; width: 100%; }
td { vertical-align: top; padding: 6px 16px 6px 0; border-top: 1px solid var(--line); }
td:first-child { white-space: nowrap; width: 1%; }
nav { columns: 3 200px; margin-top: 4px; }
nav a { display: block; }
@media (max-width: 700px) { summary { grid-template-columns: 64px 1fr; } summary span:last-child { grid-column: 2; } .body { padding-left: 4px; } }
`;
