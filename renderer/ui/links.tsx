import { href } from '../store/route.ts';

/** Names as links; the first ones where there are many, with the rest in the title. */
export function Links({ view, names, none }: { view: 'hosts' | 'images' | 'configs'; names: readonly string[]; none: string }) {
  if (names.length === 0) return <span className="quiet">{none}</span>;
  const more = names.length - 2;
  return (
    <span title={names.join(', ')}>
      {names.slice(0, more === 1 ? 3 : 2).map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          <a className="go-link" href={href(view, name)}>
            {name}
          </a>
        </span>
      ))}
      {more > 1 && <span className="quiet"> and {more} more</span>}
    </span>
  );
}
