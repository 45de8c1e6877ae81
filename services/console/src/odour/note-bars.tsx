import type { NoteJson } from '@sillage/contracts';
import { useText } from '../i18n/use-text.ts';
import { colourOf } from './families.ts';

/** Notes with their probabilities, in the order given. */
export function NoteBars({ notes }: { readonly notes: readonly NoteJson[] }) {
  const { note: word, percent } = useText();
  return (
    <ul className="bars">
      {notes.map(({ note, label, probability }) => (
        <li key={note}>
          <span className="break">{label ?? word(note)}</span>
          <span className="rail" aria-hidden>
            <span className="fill" style={{ width: `${probability * 100}%`, background: colourOf(note) }} />
          </span>
          <span className="numeric soft">{percent(probability)}</span>
        </li>
      ))}
    </ul>
  );
}
