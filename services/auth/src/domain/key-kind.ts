import type { KeyKind__Output } from '@sillage/contracts';
import type { KeyKind } from './verdict.ts';

const wireNames = { key: 'KEY_KIND_KEY', client: 'KEY_KIND_CLIENT' } as const satisfies Record<
  KeyKind,
  KeyKind__Output
>;

export function keyKindToWire(kind: KeyKind): (typeof wireNames)[KeyKind] {
  return wireNames[kind];
}

/** Unspecified, and a kind of a later version, are keys. */
export function keyKindFromWire(wire: string | number): KeyKind {
  return wire === wireNames.client ? 'client' : 'key';
}
