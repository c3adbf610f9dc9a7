import { Button } from 'react-aria-components/Button';
import type { TemplateField } from './template-fields.ts';

/** What can stand between double braces; a press puts it where the cursor is. */
export function FieldsList({ fields, onInsert }: { fields: readonly TemplateField[]; onInsert: (name: string) => void }) {
  return (
    <section className="fields" aria-labelledby="fields-title">
      <header>
        <h2 id="fields-title">Fields</h2>
        <p className="quiet small">Press one to insert it at the cursor. \{'{{'} writes literal braces.</p>
      </header>
      <ul className="fields-list" aria-labelledby="fields-title">
        {fields.map(({ name, meaning }) => (
          <li key={name}>
            <Button className="field-row" onPress={() => onInsert(name)}>
              <span className="mono field-name">{name}</span>
              <span className="quiet small field-meaning">{meaning}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
