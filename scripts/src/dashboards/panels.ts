import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Where a value gets bad; below instead of above where `isLow`. */
export interface Limits {
  readonly warning?: number;
  readonly critical?: number;
  readonly isLow?: boolean;
}

/** One panel. Selectors are written without namespace and pool: they are put in. */
export interface PanelSpec {
  readonly kind: 'stat' | 'time' | 'heat' | 'table';
  readonly title: string;
  /** What it shows and how to read it. */
  readonly about: string;
  /** Of Grafana: s, bytes, percentunit, reqps, short … */
  readonly unit: string;
  /** Expression and legend. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  readonly limits?: Limits;
  /** Alerts that this panel explains; each becomes a link to its runbook. */
  readonly alerts?: readonly string[];
  /** Of 24 columns. */
  readonly width?: number;
  readonly isStacked?: boolean;
  readonly max?: number;
  /** Shows the pools chosen alone. */
  readonly isOfPool?: boolean;
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

const source = { type: 'prometheus', uid: '$datasource' };

/** The expression for the namespace, and the pool, that are chosen. */
export function chosen(expr: string, isOfPool: boolean): string {
  const filter = `namespace=~"$namespace"${isOfPool ? ',pool=~"$pool"' : ''}`;
  return expr.replaceAll(
    /\b(olfactory_\w+|process_\w+|nodejs_\w+|namespace\w*:\w+:\w+|up|ALERTS)\b(?![:(])(\{)?/g,
    (_, name: string, brace?: string) => (brace ? `${name}{${filter},` : `${name}{${filter}}`),
  );
}

export function panel(spec: PanelSpec): Builder<Panel> {
  const width = spec.width ?? (spec.kind === 'stat' ? 4 : 12);
  const builder = frame(spec)
    .title(spec.title)
    .description(spec.about)
    .datasource(source)
    .unit(spec.unit)
    .span(width)
    .height(spec.kind === 'stat' ? 4 : 8)
    .links(
      (spec.alerts ?? []).map((alert) =>
        new DashboardLinkBuilder(`Runbook: ${alert}`)
          .type(DashboardLinkType.Link)
          .url(`\${runbooks}/${alert}.md`)
          .targetBlank(true),
      ),
    )
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(spec.limits)));
  if (spec.unit === 'percentunit' || spec.max !== undefined) builder.min(0).max(spec.max ?? 1);
  for (const [index, [expr, legend]] of spec.queries.entries()) {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .expr(chosen(expr, spec.isOfPool ?? false))
      .legendFormat(legend)
      .datasource(source);
    if (spec.kind === 'stat' || spec.kind === 'table') query.instant();
    if (spec.kind === 'table') query.format(PromQueryFormat.Table);
    if (spec.kind === 'heat') query.format(PromQueryFormat.Heatmap);
    builder.withTarget(query);
  }
  return builder;
}

function frame({ kind, limits, isStacked }: PanelSpec) {
  switch (kind) {
    case 'stat':
      return new StatBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
    case 'heat':
      return new HeatmapBuilder();
    case 'table':
      return new TableBuilder().withTransformation({
        id: 'organize',
        options: { excludeByName: { Time: true, __name__: true, job: true, instance: true } },
      });
    case 'time':
      return new TimeBuilder()
        .fillOpacity(isStacked ? 40 : 8)
        .lineWidth(1)
        .showPoints(VisibilityMode.Never)
        .stacking(
          new StackingConfigBuilder().mode(isStacked ? StackingMode.Normal : StackingMode.None).group('A'),
        )
        .thresholdsStyle(
          new GraphThresholdsStyleConfigBuilder().mode(
            limits ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
          ),
        )
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
        .legend(
          new VizLegendOptionsBuilder()
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom)
            .showLegend(true)
            .calcs(['lastNotNull', 'max']),
        );
  }
}

function steps({ warning, critical, isLow }: Limits = {}): Threshold[] {
  const named = [
    { color: 'orange', value: warning },
    { color: 'red', value: critical },
  ].filter((step): step is { color: string; value: number } => step.value !== undefined);
  if (!isLow) return [{ color: 'green', value: null }, ...named];
  // Steps rise: red from below, then orange, then green from the warning up.
  const rising = named.toReversed();
  return rising
    .map((step, index) => ({ ...step, value: index === 0 ? null : (rising[index - 1]?.value ?? null) }))
    .concat(rising.length > 0 ? [{ color: 'green', value: rising.at(-1)?.value ?? null }] : []);
}
