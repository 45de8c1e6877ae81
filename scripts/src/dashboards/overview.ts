import type { DashboardSpec } from './dashboard.ts';

export const overview: DashboardSpec = {
  name: 'overview',
  title: 'Sillage / Overview',
  about: 'Is the fleet well: four signals, the error budget, what is there, what fires.',
  span: '3h',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Requests',
          about: 'Answered by the gateways, HTTP and gRPC.',
          unit: 'reqps',
          queries: [['sum(namespace:api_requests:rate5m)', '']],
        },
        {
          kind: 'stat',
          title: 'Errors',
          about: 'Share of requests that ended in a fault of ours, over five minutes.',
          unit: 'percentunit',
          queries: [['max(namespace:api_errors:ratio_rate5m)', '']],
          limits: { warning: 0.001, critical: 0.01 },
          alerts: ['ApiErrorRateCritical', 'ApiErrorRateWarning'],
        },
        {
          kind: 'stat',
          title: 'p95',
          about: '95th percentile of the requests that are answered at once.',
          unit: 's',
          queries: [['max(namespace:api_latency_seconds:p95_5m)', '']],
          limits: { warning: 0.5, critical: 1 },
          alerts: ['ApiLatencyCritical', 'ApiLatencyWarning'],
        },
        {
          kind: 'stat',
          title: 'Fullest pool',
          about: 'Of what inference takes on at the same time, how much is taken.',
          unit: 'percentunit',
          queries: [['max(namespace_pool_resource:capacity_used:ratio)', '']],
          limits: { warning: 0.7, critical: 0.9 },
          alerts: ['CapacityUsedUp'],
        },
        {
          kind: 'stat',
          title: 'Oldest job that waits',
          about: 'For its first worker.',
          unit: 's',
          queries: [['max(olfactory_queue_oldest_seconds)', '']],
          limits: { warning: 300, critical: 1800 },
          alerts: ['JobQueueOld'],
        },
        {
          kind: 'stat',
          title: 'Alerts firing',
          about: 'Of any severity but info.',
          unit: 'short',
          queries: [['count(ALERTS{alertstate="firing",severity=~"critical|warning"}) or vector(0)', '']],
          limits: { warning: 1 },
        },
      ],
    },
    {
      title: 'Objective',
      panels: [
        {
          kind: 'time',
          title: 'Burn rate of the error budget',
          about:
            'Errors as a multiple of what 99.9 % allow. 14.4 over an hour and 6 over six hours wake somebody; 3 over a day and 1 over three days are tickets.',
          unit: 'short',
          queries: [
            ['namespace:api_errors:ratio_rate1h / 0.001', '1 h {{namespace}}'],
            ['namespace:api_errors:ratio_rate6h / 0.001', '6 h {{namespace}}'],
            ['namespace:api_errors:ratio_rate1d / 0.001', '1 d {{namespace}}'],
            ['namespace:api_errors:ratio_rate3d / 0.001', '3 d {{namespace}}'],
          ],
          limits: { warning: 3, critical: 14.4 },
          alerts: [
            'ApiErrorBudgetBurnFast',
            'ApiErrorBudgetBurnHigh',
            'ApiErrorBudgetBurnSlow',
            'ApiErrorBudgetBurnCreep',
          ],
        },
        {
          kind: 'table',
          title: 'Alerts',
          about: 'What fires or is about to; the runbook has the name of the alert.',
          unit: 'short',
          queries: [['max by (alertname, severity, alertstate, namespace, service) (ALERTS)', '']],
        },
      ],
    },
    {
      title: 'What is there',
      panels: [
        {
          kind: 'time',
          title: 'Pods ready',
          about: 'Pods of each service that can serve.',
          unit: 'short',
          queries: [['sum by (service) (olfactory_ready)', '{{service}}']],
          alerts: ['ServiceNotReady', 'MetricsAbsent'],
        },
        {
          kind: 'time',
          title: 'Dependencies away',
          about: 'Pods of a service that miss what they need; nothing is good.',
          unit: 'short',
          queries: [
            [
              'sum by (service, dependency) (olfactory_dependency_up == bool 0) > 0',
              '{{service}} misses {{dependency}}',
            ],
          ],
          limits: { critical: 1 },
          alerts: ['DependencyAway'],
        },
        {
          kind: 'table',
          title: 'Versions',
          about: 'Pods by service and version; during an update two.',
          unit: 'short',
          queries: [['count by (service, version, runtime) (olfactory_build_info)', '']],
          alerts: ['VersionsMixed'],
        },
        {
          kind: 'time',
          title: 'Pods that cannot be scraped',
          about: 'Targets of Prometheus that do not answer.',
          unit: 'short',
          queries: [['count(up{job="sillage"} == 0) or vector(0)', 'down']],
          limits: { critical: 1 },
          alerts: ['TargetDown'],
        },
      ],
    },
  ],
};
