import { expect, test } from '@jest/globals';
import { readEdges, writtenOut } from '../../static/src/edges.ts';
import type { ReceivedSpan } from '../../support/trace-receiver.ts';
import type { GetFleet } from './index.ts';

/** `from to to: Method` of each call between two services that spans tell of, and `from to to: queue` of work handed on. */
function observed(spans: readonly ReceivedSpan[]): Set<string> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const name = ({ service }: ReceivedSpan) => service.replace(/^sillage-/, '');
  const seen = new Set<string>();
  for (const span of spans) {
    const parent = byId.get(span.parentSpanId);
    const senders = span.links.flatMap((id) => byId.get(id) ?? []);
    for (const sender of senders) seen.add(`${name(sender)} to ${name(span)}: queue`);
    if (parent && parent.service !== span.service && senders.length === 0) {
      seen.add(`${name(parent)} to ${name(span)}: ${span.name}`);
    }
  }
  return seen;
}

export function traceEdges(get: GetFleet): void {
  test('traces show only edges of the list, and every pair of services that is on it', () => {
    const edges = readEdges();
    const calls = writtenOut(edges)
      .filter(({ from, protocol }) => protocol === 'grpc' && edges.parties[from]?.kind === 'service')
      .flatMap(({ from, to, methods }) =>
        Object.entries(methods).flatMap(([service, names]) =>
          names.map((method) => `${from} to ${to}: ${service}/${method}`),
        ),
      );
    const declared = [...calls, ...edges.queues.map(({ from, to }) => `${from} to ${to}: queue`)];
    const seen = observed(get().traces.spans);
    expect([...seen].filter((edge) => !declared.includes(edge))).toEqual([]);

    const pairOf = (edge: string) => edge.replace(/: .*/, '');
    // A worker hands a chunk on in the name of the request that made the job.
    const pairs = new Set(declared.map(pairOf).filter((pair) => pair !== 'worker to worker'));
    const seenPairs = new Set([...seen].map(pairOf));
    console.info(
      `${seen.size} calls and queues of ${declared.length} declared, all declared; pairs: ${[...seenPairs].join(', ')}`,
    );
    expect([...seenPairs].sort()).toEqual([...pairs].sort());
  });
}
