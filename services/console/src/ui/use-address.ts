import { useNavigate, useSearch } from '@tanstack/react-router';

/** A member of the address: what is in it survives a reload and can be sent on. An empty text takes it out. */
export function useAddress(name: string): readonly [string | undefined, (value: string) => void] {
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (value: string) => {
    const next = Object.fromEntries(Object.entries({ ...search, [name]: value }).filter(([, text]) => text));
    void navigate({ to: '.', search: next as Record<string, string>, replace: true });
  };
  return [search[name], change];
}

/** One of a closed set in the address; the first where it is none of them. */
export function useChoice<const T extends string>(
  name: string,
  choices: readonly [T, ...T[]],
): readonly [T, (value: T) => void] {
  const [value, change] = useAddress(name);
  return [choices.find((choice) => choice === value) ?? choices[0], change];
}
