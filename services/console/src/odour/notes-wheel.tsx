import { useText } from '../i18n/use-text.ts';
import { familyColours, familyNames } from './families.ts';
import {
  arcOfFamily,
  petalsOf,
  placeLabels,
  ringPath,
  strengthOf,
  type WheelNote,
  widened,
} from './wheel.ts';

/** Radii, in units of the drawing. */
const hub = 34;
const rim = 128;
const ring = { inner: 134, outer: 142 };
const column = 154;
/** Notes that are less probable are not shown, and so many at most are named. */
const least = 0.03;
const named = 10;
/** In widths of a note's own place: one alone would be a needle. */
const petalWidth = 1.9;

/**
 * Notes as petals of a wheel on which each of the 138 has its place. A second molecule is drawn over the first, as an
 * outline.
 */
export function NotesWheel({
  notes,
  other,
  label,
}: {
  readonly notes: readonly WheelNote[];
  readonly other?: readonly WheelNote[];
  /** What it shows, for those who do not see it. */
  readonly label: string;
}) {
  const { note: word } = useText();
  const petals = petalsOf(notes, least);
  const others = petalsOf(other ?? [], least);
  const strongest = [...petals, ...others.filter(({ note }) => !petals.some((one) => one.note === note))]
    .toSorted((one, another) => another.probability - one.probability)
    .slice(0, named);
  const labels = placeLabels(strongest, { reach: ring.outer, column, lineHeight: 17 });
  const reach = (probability: number) => hub + (rim - hub) * probability;
  return (
    <svg className="wheel" viewBox="-262 -160 524 320" role="img" aria-label={label}>
      {[0.25, 0.5, 0.75, 1].map((share) => (
        <circle key={share} className="wheel-grid" r={reach(share)} />
      ))}
      {familyNames.map((family) => (
        <path
          key={family}
          d={ringPath(arcOfFamily(family), ring.inner, ring.outer)}
          fill={familyColours[family]}
        />
      ))}
      {familyNames.map((family) => {
        const strength = strengthOf(petals, family);
        return (
          strength > 0 && (
            <path
              key={family}
              d={ringPath(arcOfFamily(family), hub, reach(strength))}
              fill={familyColours[family]}
              opacity={0.22}
            />
          )
        );
      })}
      {petals.map(({ note, probability, family, arc }) => (
        <path
          key={note}
          d={ringPath(widened(arc, petalWidth), hub, reach(probability))}
          fill={familyColours[family]}
          opacity={0.9}
        />
      ))}
      {others.map(({ note, probability, arc }) => (
        <path
          key={note}
          className="wheel-other"
          d={ringPath(widened(arc, petalWidth), hub, reach(probability))}
        />
      ))}
      {labels.map(({ note, x, y, side, anchor }) => (
        <g key={note}>
          <path className="wheel-line" d={`M${anchor.x} ${anchor.y}L${x} ${y}`} />
          <text
            className="wheel-label"
            x={side === 'right' ? x + 4 : x - 4}
            y={y}
            textAnchor={side === 'right' ? 'start' : 'end'}
            dominantBaseline="middle"
          >
            {word(note)}
          </text>
        </g>
      ))}
    </svg>
  );
}
