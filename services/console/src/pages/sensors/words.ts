import type { TextKey } from '../../i18n/catalogue.ts';

/** Faults that have a word in every language. */
const faultWords: Readonly<Record<string, TextKey>> = {
  missing: 'sensors.fault_missing',
  sentinel: 'sensors.fault_sentinel',
  saturated: 'sensors.fault_saturated',
  stuck: 'sensors.fault_stuck',
  out_of_range: 'sensors.fault_out_of_range',
  noisy: 'sensors.fault_noisy',
  rate_changed: 'sensors.fault_rate_changed',
  clock_ahead: 'sensors.fault_clock_ahead',
  clock_behind: 'sensors.fault_clock_behind',
  clock_not_set: 'sensors.fault_clock_not_set',
  in_future: 'sensors.fault_in_future',
  too_old: 'sensors.fault_too_old',
};

/** What a kind of fault is called; a kind that this page does not know by the API's own name. */
export function faultWord(t: (key: TextKey) => string, kind: string): string {
  const key = Object.hasOwn(faultWords, kind) ? faultWords[kind] : undefined;
  return key === undefined ? kind : t(key);
}

/** A substance as it is read: brazil_nut, "brazil nut". */
export function substanceName(substance: string): string {
  return substance.replaceAll('_', ' ');
}
