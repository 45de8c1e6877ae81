import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { filesBelow, read } from './repository.ts';
import { readRules } from './rules.ts';

/** An expression of PromQL, and where it stands. */
export interface PlacedQuery {
  readonly kind: 'rule' | 'dashboard' | 'scaling' | 'runbook';
  readonly where: string;
  readonly expr: string;
}

export const dashboardsFolder = 'charts/sillage/files/dashboards';

const panelSchema = z.object({
  title: z.string().default(''),
  targets: z.array(z.object({ expr: z.string() })).default([]),
});
const dashboardSchema = z.object({
  panels: z.array(panelSchema),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
});

/** Every query of the repository. */
export function readQueries(): PlacedQuery[] {
  return [...ofRules(), ...ofDashboards(), ...ofScaling(), ...ofRunbooks()];
}

function ofRules(): PlacedQuery[] {
  const { alerts, recordings } = readRules();
  return [
    ...alerts.map(({ alert, expr, file }) => ({ kind: 'rule' as const, where: `${file} ${alert}`, expr })),
    ...recordings.map(({ record, expr, file }) => ({
      kind: 'rule' as const,
      where: `${file} ${record}`,
      expr,
    })),
  ];
}

function ofDashboards(): PlacedQuery[] {
  return filesBelow(dashboardsFolder, /\.json$/).flatMap((file) => {
    const { panels, templating } = dashboardSchema.parse(JSON.parse(read(file)));
    const variables = templating.list.flatMap(({ name, query }) => {
      const text = z.string().safeParse(query).data ?? '';
      // label_values(series, label) asks for the series by that label.
      const [, series, label] = /^label_values\((.*),\s*(\w+)\)$/s.exec(text) ?? [];
      return series && label ? [{ where: `${file} $${name}`, expr: `count by (${label}) (${series})` }] : [];
    });
    const targets = panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ where: `${file} ${title}`, expr })),
    );
    return [...variables, ...targets].map(({ where, expr }) => ({
      kind: 'dashboard' as const,
      where,
      expr: withoutVariables(expr),
    }));
  });
}

/** As Grafana would send it with everything chosen. */
function withoutVariables(expr: string): string {
  return expr.replaceAll(/\$__(rate_interval|interval|range)/g, '5m').replaceAll(/\$\{?\w+\}?(?=")/g, '.*');
}

/** What KEDA asks Prometheus, as the chart renders it into k8s/. */
function ofScaling(): PlacedQuery[] {
  const triggers = z.object({
    spec: z.object({
      triggers: z.array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()) })),
    }),
  });
  return filesBelow('k8s', /\.yaml$/)
    .filter((file) => read(file).includes('type: prometheus'))
    .flatMap((file) =>
      parseAllDocuments(read(file))
        .flatMap((document) => triggers.safeParse(document.toJS()).data?.spec.triggers ?? [])
        .filter(({ type }) => type === 'prometheus')
        .map(({ metadata }) => ({
          kind: 'scaling' as const,
          where: `${file} ${metadata['metricName'] ?? 'trigger'}`,
          expr: metadata['query'] ?? '',
        })),
    );
}

function ofRunbooks(): PlacedQuery[] {
  return filesBelow('docs', /\.md$/).flatMap((file) =>
    [...read(file).matchAll(/^```promql\n(.*?)\n```$/gms)].map(([, expr = '']) => ({
      kind: 'runbook' as const,
      where: file,
      expr,
    })),
  );
}
