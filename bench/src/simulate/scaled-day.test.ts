import { expect, test } from '@jest/globals';
import type { Behaviour } from './hpa.ts';
import { backlogScaledDay, cpuScaledDay, jobsOfDay, requestsOfDay } from './scaled-day.ts';

const rules = (up: number, window: number): Behaviour => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: up, periodSeconds: 15 }],
  },
  scaleDown: {
    stabilizationWindowSeconds: window,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
});
const spike = { spikeAtS: 50_000, spikeS: 900 };
const rates = requestsOfDay({ peakPerS: 100, spike: 10, rampS: 60, seed: 1, ...spike });
const pod = { capacityPerS: 100, requestCores: 1, busyCores: 1, startS: 10 };
const day = (up: number, window: number) =>
  cpuScaledDay(
    rates,
    pod,
    { minReplicas: 2, maxReplicas: 30, cpuPercent: 60, behaviour: rules(up, window) },
    spike,
  );

test('a day without a spike breaks nothing; its rate is least at four in the morning', () => {
  const calm = requestsOfDay({ peakPerS: 100, spike: 1, rampS: 60, seed: 1, ...spike });
  expect(calm[4 * 3600]).toBeLessThan(15);
  expect(calm[16 * 3600]).toBeGreaterThan(80);
  const result = cpuScaledDay(
    calm,
    pod,
    { minReplicas: 2, maxReplicas: 30, cpuPercent: 60, behaviour: rules(100, 300) },
    spike,
  );
  expect(result.violations).toBe(0);
});

test('slower rules break more in the spike, a shorter window down costs less and changes more', () => {
  expect(day(20, 300).spikeViolations).toBeGreaterThan(day(200, 300).spikeViolations);
  expect(day(200, 0).podHours).toBeLessThan(day(200, 600).podHours);
  expect(day(200, 0).changes).toBeGreaterThan(day(200, 600).changes);
  expect(day(200, 300).most).toBeGreaterThanOrEqual(10);
});

test('workers go from none to many and back; a longer way to work makes more chunks late', () => {
  const backlog = jobsOfDay({ seed: 3, largest: 2000, spikeAtS: 50_000 });
  const scaling = {
    ...{ minReplicas: 0, maxReplicas: 20, chunksPerReplica: 4, pollingSeconds: 15, cooldownSeconds: 120 },
    behaviour: rules(100, 300),
  };
  const quick = backlogScaledDay(backlog, { chunksPerS: 1, startS: 5, sloS: 60 }, scaling);
  const slow = backlogScaledDay(backlog, { chunksPerS: 1, startS: 60, sloS: 60 }, scaling);
  expect(quick.most).toBe(20);
  expect(slow.violations).toBeGreaterThan(quick.violations);
  expect(quick.replicas).toContain(0);
});
