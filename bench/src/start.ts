import { type Fleet, type FleetOptions, startFleet } from '@sillage/fleet';

/** Starts a fleet on a folder that was used before, until every service is ready. */
export async function measureSecondStart(options: FleetOptions): Promise<{ fleet: Fleet; seconds: number }> {
  const started = performance.now();
  const fleet = await startFleet(options);
  return { fleet, seconds: (performance.now() - started) / 1000 };
}
