import { Metrics, metricCatalogue, metricLabels, serviceNames } from '@sillage/kit';
import { isMatch, type Query, readQuery, type Selector } from './promql.ts';
import { readRules } from './rules.ts';

/** Labels that the scrape adds to every series (k8s/observability/prometheus.yml, the chart's PodMonitor). */
export const targetLabels = {
  job: '`sillage`',
  instance: 'address that was scraped',
  namespace: 'namespace of the release; `compose` without Kubernetes',
  pod: 'name of the pod; of the service without Kubernetes',
  pool: 'of inference: name of the pool (label `sillage.dev/pool`)',
} as const;

/** Labels by the name of each series that may be asked for. */
export type Contract = ReadonlyMap<string, ReadonlySet<string>>;

/** Series of the runtime, the same in every service; declared by prom-client. */
export async function runtimeMetrics(): Promise<
  {
    readonly name: string;
    readonly type: string;
    readonly help: string;
    readonly labels: readonly string[];
  }[]
> {
  const metrics = await new Metrics('contract').registry.getMetricsAsJSON();
  return metrics
    .filter(({ name }) => /^(process|nodejs)_/.test(name))
    .map(({ name, type, help, values }) => ({
      name,
      type: String(type),
      help,
      labels: [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].filter(
        (label) => label !== 'service' && label !== 'le',
      ),
    }));
}

/** What rules, dashboards, scaling queries and runbooks may ask for. */
export async function readContract(): Promise<Contract> {
  const contract = new Map<string, ReadonlySet<string>>();
  const add = (name: string, type: string, labels: readonly string[]) => {
    const all = [...labels, 'service', ...Object.keys(targetLabels)];
    if (type !== 'histogram') {
      contract.set(name, new Set(all));
      return;
    }
    contract.set(`${name}_bucket`, new Set([...all, 'le']));
    contract.set(`${name}_sum`, new Set(all));
    contract.set(`${name}_count`, new Set(all));
  };
  for (const [name, { type, labels }] of Object.entries(metricCatalogue)) add(name, type, labels);
  for (const { name, type, labels } of await runtimeMetrics()) add(name, type, labels);
  contract.set('up', new Set(Object.keys(targetLabels)));
  contract.set(
    'ALERTS',
    new Set(['alertname', 'alertstate', 'severity', 'service', ...Object.keys(targetLabels)]),
  );
  // A recorded series has the labels that its outermost aggregation keeps.
  for (const { record, expr } of readRules().recordings) {
    contract.set(record, new Set(readQuery(expr).groupings.flatMap(({ labels }) => labels)));
  }
  return contract;
}

/** What of a query is not in the contract. */
export function contractProblems(query: Query, contract: Contract): string[] {
  const problems: string[] = [];
  const has = ({ name }: Selector, label: string) => contract.get(name)?.has(label) ?? false;
  for (const selector of query.selectors) {
    if (!contract.has(selector.name)) problems.push(`no metric ${selector.name}`);
    else {
      for (const { label } of selector.matchers) {
        if (!has(selector, label)) problems.push(`${selector.name} has no label ${label}`);
      }
    }
  }
  for (const { labels, over } of query.groupings) {
    for (const label of labels) {
      if (!over.some((selector) => has(selector, label))) {
        problems.push(`no label ${label} on ${over.map(({ name }) => name).join(', ')}`);
      }
    }
  }
  return [...new Set(problems)];
}

/** Labels of each series of a scrape, by name. */
export type Scrape = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

/** Reads the text format of Prometheus; values are left out. */
export function readScrape(text: string): Scrape {
  const series = new Map<string, Record<string, string>[]>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [
      label,
      value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]);
    series.set(name, [...(series.get(name) ?? []), Object.fromEntries(pairs)]);
  }
  return series;
}

/** Selectors of a query that find no series in a scrape. What the scrape itself adds or is recorded is taken as there. */
export function missingInScrape(query: Query, scrape: Scrape, contract: Contract): string[] {
  const isAdded = (label: string) => label in targetLabels;
  return query.selectors
    .filter(({ name }) => !name.includes(':') && name !== 'up' && name !== 'ALERTS')
    .filter(({ name, matchers }) => {
      const own = matchers.filter(({ label }) => !isAdded(label));
      return !(scrape.get(name) ?? []).some((labels) =>
        own.every((matcher) => isMatch(matcher, labels[matcher.label] ?? '')),
      );
    })
    .map(({ name, matchers }) => {
      const text = matchers.map(({ label, op, value }) => `${label}${op}"${value}"`).join();
      return `${name}{${text}}${contract.has(name) ? '' : ' (not in the contract)'}`;
    });
}

/** docs/metrics.md. */
export async function metricsPage(): Promise<string> {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = Object.entries(metricCatalogue).map(([name, { type, unit, labels, services, help }]) => [
    `\`${name}\``,
    type,
    unit,
    labels.map((label) => `\`${label}\``).join(' '),
    services.length === serviceNames.length ? 'all' : services.join(', '),
    help,
  ]);
  const runtime = (await runtimeMetrics()).map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]);
  const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
    [head, head.map(() => '---'), ...lines].map((line) => `| ${line.map(cell).join(' | ')} |`).join('\n');
  return `# Metrics

Every series that the fleet shows at \`/metrics\` of port \`ops\`. The page is made from the code that declares them
(\`packages/kit/src/metric-catalogue.ts\`) by \`node test/static/metrics-page.ts\`. The names are a contract: rules,
dashboards, scaling and runbooks ask for nothing else, and \`test/static/run metric-contract\` holds them to it.

${table(['metric', 'type', 'unit', 'labels', 'services', 'what'], rows)}

## Labels

Each is from a closed set; none grows with use.

${table(
  ['label', 'values'],
  Object.entries(metricLabels).map(([label, values]) => [`\`${label}\``, values]),
)}

Added by the scrape:

${table(
  ['label', 'values'],
  Object.entries(targetLabels).map(([label, values]) => [`\`${label}\``, values]),
)}

## The runtime

Of every service:

${table(['metric', 'type', 'labels', 'what'], runtime)}
`;
}
