#!/usr/bin/env node
import {
  calledMethods,
  conditions,
  type Edge,
  edgesFile,
  protoMethods,
  readEdges,
  writtenOut,
} from '../src/edges.ts';
// The list of edges against the protos and against what the code calls.
import { differences, Tally } from '../src/tally.ts';

const tally = new Tally();
const edges = readEdges();
const all = writtenOut(edges);
const protos = protoMethods();

for (const edge of all) {
  const problems: string[] = [];
  const [from, to] = [edges.parties[edge.from], edges.parties[edge.to]];
  if (!from) problems.push(`from: no party ${edge.from}`);
  if (!to) problems.push(`to: no party ${edge.to}`);
  else if (to.ports[edge.port] === undefined) {
    problems.push(`port: ${edge.to} has ${Object.keys(to.ports).join(', ')}, not ${edge.port}`);
  }
  if ((edge.protocol === 'grpc') !== Object.keys(edge.methods).length > 0) {
    problems.push('methods: needed for protocol grpc, and only there');
  }
  for (const [service, methods] of Object.entries(edge.methods)) {
    if (!to?.answers[edge.port]?.includes(service))
      problems.push(`methods: ${edge.to} does not serve ${service}`);
    const known = new Set(protos.get(service) ?? []);
    for (const method of methods) {
      if (!known.has(method)) problems.push(`methods: ${service} has no ${method} in protos/`);
    }
    if (methods.join() !== [...new Set(methods)].sort().join()) {
      problems.push(`methods: ${service} is to be sorted, each once`);
    }
  }
  tally.expect(`edge ${edge.from} to ${edge.to} (${edge.port})`, problems);
}

const keys = all.map((edge) => `${edge.from} to ${edge.to}:${edge.port}`);
tally.expect(
  'each edge once',
  keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => `${key} is there twice`),
);
tally.expect(
  'every condition is used',
  conditions
    .filter((name) => name !== 'always' && !all.some((edge) => edge.when === name))
    .map((name) => `${name} holds no edge`),
);
tally.expect(
  'every proto is served',
  [...protos.keys()]
    .filter(
      (service) =>
        !Object.values(edges.parties).some(({ answers }) => Object.values(answers).flat().includes(service)),
    )
    .map((service) => `${service} is served by no party`),
);

for (const [name, party] of Object.entries(edges.parties)) {
  if (party.kind !== 'service') continue;
  const declared = all.filter((edge) => edge.from === name && edge.protocol === 'grpc');
  tally.expect(
    `calls of ${name}`,
    differences(
      { what: 'the code', names: calledMethods(name).flatMap((call) => resolved(call, declared)) },
      {
        what: `the edges (${edgesFile}; then run k8s/render)`,
        names: declared.flatMap((edge) => pathsOf(edge)),
      },
    ),
  );
}
tally.finish();

/**
 * `party:Method` of a call. A method that several peers have is told apart by the name of the client; where it is no
 * peer's name, all are called in turn.
 */
function resolved(
  { client, method }: { client: string; method: string },
  declared: readonly Edge[],
): string[] {
  const owners = [...protos].filter(([, methods]) => methods.includes(method)).map(([service]) => service);
  const servers = Object.entries(edges.parties)
    .filter(([, party]) => party.kind === 'service' && owners.some((owner) => serves(party.answers, owner)))
    .map(([party]) => party)
    .filter((party) => party !== 'gateway');
  const named = servers.filter((party) => party === client);
  const called = named.length > 0 ? named : servers;
  if (called.length === 0) return declared.length === 0 ? [] : [`nobody:${method}`];
  return called.map((server) => `${server}:${method}`);
}

function serves(answers: Readonly<Record<string, readonly string[]>>, service: string): boolean {
  return Object.values(answers).flat().includes(service);
}

function pathsOf(edge: Edge): string[] {
  return Object.values(edge.methods)
    .flat()
    .map((method) => `${edge.to}:${method}`);
}
