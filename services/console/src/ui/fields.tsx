import { ChevronDown } from 'lucide-react';
import type { Key, ReactNode, Ref } from 'react';
import {
  NumberField as AriaNumberField,
  Select as AriaSelect,
  Slider as AriaSlider,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
  TextArea,
  ToggleButton,
  ToggleButtonGroup,
} from 'react-aria-components';

interface Described {
  readonly label: string;
  /** What it is for, below the field. */
  readonly hint?: ReactNode;
  /** What is wrong with it; from the API, as a rule. */
  readonly error?: ReactNode;
}

export interface TextFieldProps
  extends Described,
    Omit<AriaTextFieldProps, 'className' | 'style' | 'children'> {
  readonly lines?: number;
  readonly placeholder?: string;
  readonly isMono?: boolean;
  readonly inputRef?: Ref<HTMLInputElement & HTMLTextAreaElement>;
}

/** A text, of one line or of several. */
export function TextField({
  label,
  hint,
  error,
  lines = 1,
  placeholder,
  isMono,
  inputRef,
  ...props
}: TextFieldProps) {
  const input = {
    className: isMono ? 'input mono' : 'input',
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(inputRef === undefined ? {} : { ref: inputRef }),
  };
  return (
    // What the API found wrong must not keep the form from being sent again.
    <AriaTextField {...props} className="field" validationBehavior="aria" isInvalid={error !== undefined}>
      <Label>{label}</Label>
      {lines > 1 ? <TextArea {...input} rows={lines} /> : <Input {...input} />}
      <Below hint={hint} error={error} />
    </AriaTextField>
  );
}

export interface NumberFieldProps extends Described {
  /** undefined: nothing is in it. */
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly placeholder?: string;
}

/** A number, or none. */
export function NumberField({
  label,
  hint,
  error,
  value,
  onChange,
  min,
  max,
  step,
  placeholder,
}: NumberFieldProps) {
  return (
    <AriaNumberField
      className="field"
      validationBehavior="aria"
      value={value ?? Number.NaN}
      onChange={(next) => onChange(Number.isNaN(next) ? undefined : next)}
      isInvalid={error !== undefined}
      {...(min === undefined ? {} : { minValue: min })}
      {...(max === undefined ? {} : { maxValue: max })}
      {...(step === undefined ? {} : { step })}
    >
      <Label>{label}</Label>
      <Input className="input numeric" {...(placeholder === undefined ? {} : { placeholder })} />
      <Below hint={hint} error={error} />
    </AriaNumberField>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface SelectProps<T extends string> extends Described {
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}

/** One of several. */
export function Select<T extends string>({ label, hint, error, value, choices, onChange }: SelectProps<T>) {
  return (
    <AriaSelect
      className="field"
      validationBehavior="aria"
      selectedKey={value}
      isInvalid={error !== undefined}
      onSelectionChange={(key: Key | null) => {
        const chosen = choices.find((choice) => choice.value === key);
        if (chosen) onChange(chosen.value);
      }}
    >
      <Label>{label}</Label>
      <Button className="input select">
        <SelectValue />
        <ChevronDown aria-hidden size={16} />
      </Button>
      <Below hint={hint} error={error} />
      <Popover className="popover">
        <ListBox className="menu" items={choices}>
          {(choice) => (
            <ListBoxItem id={choice.value} textValue={choice.label}>
              {choice.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** One of a few, all of them in sight. */
export function Segments<T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className="segments"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const chosen = choices.find((choice) => keys.has(choice.value));
        if (chosen) onChange(chosen.value);
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.value} id={choice.value} className="segment">
          {choice.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

/** On or off, at once. */
export function Switch({
  children,
  isOn,
  onChange,
}: {
  readonly children: ReactNode;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <AriaSwitch className="switch" isSelected={isOn} onChange={onChange}>
      <span className="track" />
      <span>{children}</span>
    </AriaSwitch>
  );
}

/** A number from a range that need not be exact. */
export function Slider({
  label,
  value,
  onChange,
  min = 0,
  max = 1,
  step = 0.05,
  format = {},
}: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly format?: Intl.NumberFormatOptions;
}) {
  return (
    <AriaSlider
      className="slider field"
      {...{ value, minValue: min, maxValue: max, step, formatOptions: format }}
      onChange={(next) => onChange(typeof next === 'number' ? next : (next[0] ?? min))}
    >
      <Label>{label}</Label>
      <SliderOutput className="small numeric" />
      <SliderTrack className="rail">
        <SliderThumb className="thumb" />
      </SliderTrack>
    </AriaSlider>
  );
}

function Below({ hint, error }: Pick<Described, 'hint' | 'error'>) {
  return (
    <>
      {hint !== undefined && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </>
  );
}
