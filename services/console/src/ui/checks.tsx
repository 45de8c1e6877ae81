import { Check } from 'lucide-react';
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import type { Choice } from './fields.tsx';

/** Any of several. */
export function Checks<T extends string>({
  label,
  hint,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly value: readonly T[];
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: readonly T[]) => void;
}) {
  return (
    <CheckboxGroup
      className="field"
      value={[...value]}
      onChange={(next) =>
        onChange(choices.filter((choice) => next.includes(choice.value)).map((choice) => choice.value))
      }
    >
      <Label>{label}</Label>
      {hint !== undefined && <span className="hint">{hint}</span>}
      <div className="checks">
        {choices.map((choice) => (
          <Checkbox key={choice.value} value={choice.value} className="check">
            <span className="box">
              <Check aria-hidden size={13} strokeWidth={3} />
            </span>
            {choice.label}
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}
