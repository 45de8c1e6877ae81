import { expect, test } from '@jest/globals';
import { type Behaviour, Hpa } from './hpa.ts';

const behaviour: Behaviour = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 30 },
      { type: 'Pods', value: 2, periodSeconds: 30 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 60,
    selectPolicy: 'Min',
    policies: [
      { type: 'Percent', value: 25, periodSeconds: 60 },
      { type: 'Pods', value: 1, periodSeconds: 60 },
    ],
  },
};
const make = (changes: Partial<ConstructorParameters<typeof Hpa>[0]> = {}) =>
  new Hpa({ minReplicas: 1, maxReplicas: 100, behaviour, ...changes });

test('a ratio within the tolerance changes nothing; beyond it replicas follow it, rounded up', () => {
  expect(make().sync({ nowS: 0, replicas: 10, ratio: 1.09, ready: 10 })).toBe(10);
  expect(make().sync({ nowS: 0, replicas: 10, ratio: 1.11, ready: 10 })).toBe(12);
  expect(make().sync({ nowS: 0, replicas: 10, ratio: 0.91, ready: 10 })).toBe(10);
});

test('going up, the larger policy holds, counted from the beginning of its period', () => {
  const hpa = make();
  expect(hpa.sync({ nowS: 0, replicas: 1, ratio: 50, ready: 1 })).toBe(3);
  expect(hpa.sync({ nowS: 15, replicas: 3, ratio: 50, ready: 3 })).toBe(3);
  expect(hpa.sync({ nowS: 30, replicas: 3, ratio: 50, ready: 3 })).toBe(6);
  expect(hpa.sync({ nowS: 60, replicas: 6, ratio: 50, ready: 6 })).toBe(12);
});

test('pods that are not ready count as idle when more would be added, and do not take pods away', () => {
  expect(make().sync({ nowS: 0, replicas: 4, ratio: 2, ready: 2 })).toBe(4);
  expect(make().sync({ nowS: 0, replicas: 4, ratio: 3, ready: 2 })).toBe(6);
});

test('going down waits for its window, then the policy that takes least away holds', () => {
  const hpa = make();
  expect(hpa.sync({ nowS: 0, replicas: 10, ratio: 1, ready: 10 })).toBe(10);
  expect(hpa.sync({ nowS: 15, replicas: 10, ratio: 0.2, ready: 10 })).toBe(10);
  expect(hpa.sync({ nowS: 60, replicas: 10, ratio: 0.2, ready: 10 })).toBe(9);
  expect(hpa.sync({ nowS: 75, replicas: 9, ratio: 0.2, ready: 9 })).toBe(9);
  expect(hpa.sync({ nowS: 120, replicas: 9, ratio: 0.2, ready: 9 })).toBe(8);
});

test('a window for going up waits for the least recommendation in it; Disabled stays', () => {
  const slow = { ...behaviour, scaleUp: { ...behaviour.scaleUp, stabilizationWindowSeconds: 30 } };
  const hpa = make({ behaviour: slow });
  expect(hpa.sync({ nowS: 0, replicas: 4, ratio: 1, ready: 4 })).toBe(4);
  expect(hpa.sync({ nowS: 15, replicas: 4, ratio: 2, ready: 4 })).toBe(4);
  expect(hpa.sync({ nowS: 30, replicas: 4, ratio: 1.5, ready: 4 })).toBe(6);
  const stuck = { ...behaviour, scaleDown: { ...behaviour.scaleDown, selectPolicy: 'Disabled' as const } };
  expect(make({ behaviour: stuck }).sync({ nowS: 0, replicas: 4, ratio: 0.1, ready: 4 })).toBe(4);
});

test('never beyond its bounds', () => {
  expect(make({ maxReplicas: 5 }).sync({ nowS: 0, replicas: 4, ratio: 9, ready: 4 })).toBe(5);
  expect(make({ minReplicas: 4 }).sync({ nowS: 0, replicas: 4, ratio: 0.1, ready: 4 })).toBe(4);
});
