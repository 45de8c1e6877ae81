import type { QualityKind } from './quality.ts';

/** What to do about a finding, in a sentence. */
export const advice: Readonly<Record<QualityKind, string>> = {
  unknown_channel: 'send the channels that the device has',
  not_finite: 'send null where nothing was measured',
  missing: 'check the wiring of the channel and that its driver answers',
  sentinel: 'the driver could not read the sensor: check its bus, address and supply',
  saturated: 'too much for the sensor: dilute the sample or lower its amplification',
  out_of_range: 'check the unit that is sent and the wiring of the channel',
  stuck: 'the sensor or its converter hangs: switch it off and on, then check the wiring',
  noisy: 'the input hangs loose or picks up a supply: check plug, ground and shielding',
  clock_not_set: 'set the clock of the device before it measures, for instance by NTP',
  in_future: 'check year, time zone and unit of the times: milliseconds or RFC 3339, no microseconds',
  too_old: 'readings that old are not kept; keep them in files of your own',
  clock_ahead: 'set the clock of the device, for instance by NTP',
  clock_behind: 'set the clock of the device, for instance by NTP',
  rate_changed: 'set the rate of the device as it was when it was calibrated; once a second is enough',
};
