import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { panel, type RowSpec } from './panels.ts';

export interface DashboardSpec {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** How far back it looks when it is opened. */
  readonly span: string;
  readonly rows: readonly RowSpec[];
}

const source = { type: 'prometheus', uid: '$datasource' };

/** Where docs/runbooks is published; a field of each dashboard, which the chart fills with monitoring.runbooks. */
export const runbooksUrl = 'https://example.com/sillage/docs/runbooks';

/** The dashboard as Grafana reads it. */
export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(`sillage-${spec.name}`)
    .description(spec.about)
    .tags(['sillage'])
    .editable()
    .refresh('30s')
    .time({ from: `now-${spec.span}`, to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Sillage')
        .type(DashboardLinkType.Dashboards)
        .tags(['sillage'])
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(labelVariable('namespace', 'Namespace', 'label_values(olfactory_build_info, namespace)'));
  if (spec.rows.some(({ panels }) => panels.some(({ isOfPool }) => isOfPool))) {
    builder.withVariable(
      labelVariable(
        'pool',
        'Pool',
        'label_values(olfactory_capacity_limit{service="inference",namespace=~"$namespace"}, pool)',
      ),
    );
  }
  builder.withVariable(new TextBoxVariableBuilder('runbooks').label('Runbooks at').defaultValue(runbooksUrl));
  for (const { title, panels } of spec.rows) {
    builder.withRow(new RowBuilder(title));
    for (const one of panels) builder.withPanel(panel(one));
  }
  const built = builder.build();
  // Links to one panel hold by its id.
  for (const [index, one] of (built.panels ?? []).entries()) one.id = index + 1;
  return built;
}

/** Everything is chosen at first, series without the label among it. */
function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .datasource(source)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
