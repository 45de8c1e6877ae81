#!/usr/bin/env node
// Collector, agent of the logs and scrape configuration: every part that is named is there, memory is limited first and
// secrets are taken out before anything is sent; Prometheus reads its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { read } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

need('promtool');
const tally = new Tally();
const parts = z.record(z.string(), z.unknown());

/** A file in the ConfigMap of a manifest. */
function configOf(path: string, file: string): unknown {
  const map = z.object({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });
  const [found] = parseAllDocuments(read(path)).flatMap(
    (document) => map.safeParse(document.toJS()).data ?? [],
  );
  return parse(found?.data[file] ?? '');
}

const pipeline = z.object({
  receivers: z.array(z.string()),
  processors: z.array(z.string()),
  exporters: z.array(z.string()),
});
const collector = z
  .object({
    receivers: parts,
    processors: parts,
    exporters: parts,
    extensions: parts,
    service: z.object({ extensions: z.array(z.string()), pipelines: z.record(z.string(), pipeline) }),
  })
  .parse(configOf('k8s/observability/collector.yaml', 'config.yaml'));
for (const [name, { receivers, processors, exporters }] of Object.entries(collector.service.pipelines)) {
  const lacks = (kind: string, names: readonly string[], there: object) =>
    names.filter((one) => !(one in there)).map((one) => `no ${kind} ${one}`);
  tally.expect(`collector, ${name}: its parts are there`, [
    ...lacks('receiver', receivers, collector.receivers),
    ...lacks('processor', processors, collector.processors),
    ...lacks('exporter', exporters, collector.exporters),
    ...lacks('extension', collector.service.extensions, collector.extensions),
  ]);
  tally.expect(
    `collector, ${name}: memory is limited first`,
    processors[0] === 'memory_limiter' ? [] : [`${processors[0]}`],
  );
  tally.expect(
    `collector, ${name}: what must not be kept is taken out, and batches are made last`,
    processors.includes('redaction') && processors.at(-1) === 'batch' ? [] : [processors.join()],
  );
}

const vector = z
  .object({
    sources: parts,
    transforms: z.record(z.string(), z.object({ inputs: z.array(z.string()), source: z.string() })),
    sinks: z.record(
      z.string(),
      z.object({ inputs: z.array(z.string()), buffer: z.object({ max_size: z.number() }) }),
    ),
  })
  .parse(configOf('k8s/observability/vector.yaml', 'vector.yaml'));
const sources = [...Object.keys(vector.sources), ...Object.keys(vector.transforms)];
for (const [name, { inputs }] of [...Object.entries(vector.transforms), ...Object.entries(vector.sinks)]) {
  tally.expect(
    `vector, ${name}: its inputs are there`,
    inputs.filter((input) => !sources.includes(input)).map((input) => `no ${input}`),
  );
}
for (const [name, { inputs }] of Object.entries(vector.sinks)) {
  tally.expect(
    `vector, ${name}: only what was redacted is sent`,
    inputs.filter((input) => input !== 'redacted'),
  );
}

const secrets = {
  key: 'sk_live_2f6c_abcDEF123',
  token: `eyJ${'a'.repeat(12)}.${'b'.repeat(12)}.${'c'.repeat(12)}`,
  mail: 'a.b@example.com',
  url: 'postgres://sillage:word@db:5432/x',
};
const { blocked_values: blocked } = z
  .object({ blocked_values: z.array(z.string()) })
  .parse(collector.processors['redaction']);
const redacted = [...(vector.transforms['redacted']?.source ?? '').matchAll(/r'([^']+)'/g)].map(
  ([, text = '']) => text,
);
for (const [what, text] of Object.entries(secrets)) {
  for (const [where, patterns] of Object.entries({ collector: blocked, vector: redacted })) {
    tally.expect(
      `${where} takes out a ${what}`,
      patterns.some((pattern) => new RegExp(pattern).test(text)) ? [] : [text],
    );
  }
}

// Debian's Prometheus is built without discovery in Kubernetes; all the rest is read as it stands.
const folder = mkdtempSync(join(tmpdir(), 'sillage-prometheus-'));
const file = join(folder, 'prometheus.yml');
writeFileSync(
  file,
  read('k8s/observability/prometheus.yml').replace(
    /kubernetes_sd_configs:\n(?: {6}.*\n)+/,
    'static_configs: [{ targets: [gateway:9464] }]\n',
  ),
);
const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', '--syntax-only', file], {
  encoding: 'utf8',
});
rmSync(folder, { recursive: true });
tally.expect('promtool check config', status === 0 ? [] : [`${stdout}${stderr}`]);
tally.finish();
