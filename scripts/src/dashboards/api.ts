import type { DashboardSpec } from './dashboard.ts';

const gateway = 'service="gateway"';
const atOnce =
  'endpoint!~"/api/v1/(generate|jobs|jobs/.*|research/evaluate|account/export)|/v2/.*|inference[.].*"';

export const api: DashboardSpec = {
  name: 'api',
  title: 'Sillage / API',
  about: 'The public door: traffic, errors and latency by route, limits, caches and streams.',
  span: '3h',
  rows: [
    {
      title: 'Traffic',
      panels: [
        {
          kind: 'time',
          title: 'Requests by route',
          about: 'The ten busiest.',
          unit: 'reqps',
          queries: [
            [
              `topk(10, sum by (method, endpoint) (rate(olfactory_requests_total{${gateway}}[$__rate_interval])))`,
              '{{method}} {{endpoint}}',
            ],
          ],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Requests by status',
          about: 'HTTP status, or name of the gRPC status.',
          unit: 'reqps',
          queries: [
            [`sum by (status) (rate(olfactory_requests_total{${gateway}}[$__rate_interval]))`, '{{status}}'],
          ],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Requests in flight',
          about: 'Streams among them; a gateway that is drained goes to zero.',
          unit: 'short',
          queries: [[`sum by (pod) (olfactory_requests_in_flight{${gateway}})`, '{{pod}}']],
        },
        {
          kind: 'time',
          title: 'WebSocket streams of readings',
          about: 'Open now, and why they ended.',
          unit: 'short',
          queries: [
            ['sum(olfactory_sensor_streams)', 'open'],
            [
              'sum by (code) (increase(olfactory_sensor_stream_closes_total[$__rate_interval]))',
              'closed {{code}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          kind: 'time',
          title: 'Share of faults of ours',
          about: 'HTTP 5xx and its gRPC kin over all requests.',
          unit: 'percentunit',
          queries: [
            ['namespace:api_errors:ratio_rate5m', '5 min {{namespace}}'],
            ['namespace:api_errors:ratio_rate30m', '30 min {{namespace}}'],
          ],
          limits: { warning: 0.001, critical: 0.01 },
          max: 0.05,
          alerts: ['ApiErrorRateCritical', 'ApiErrorRateWarning'],
        },
        {
          kind: 'time',
          title: 'Errors by code',
          about: 'Codes of the error taxonomy, those of callers among them.',
          unit: 'reqps',
          queries: [
            [
              `sum by (error_type) (rate(olfactory_errors_total{${gateway}}[$__rate_interval])) > 0`,
              '{{error_type}}',
            ],
          ],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Routes that fail',
          about: 'Faults of ours by route.',
          unit: 'reqps',
          queries: [
            [
              `topk(10, sum by (endpoint, status) (rate(olfactory_requests_total{${gateway},status=~"5..|INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED"}[$__rate_interval])))`,
              '{{endpoint}} {{status}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Refused for want of capacity',
          about: 'Share of requests answered 503 overloaded.',
          unit: 'percentunit',
          queries: [['namespace:api_refused:ratio_rate5m', '{{namespace}}']],
          limits: { warning: 0.005 },
          max: 0.05,
          alerts: ['RequestsRefused'],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          kind: 'time',
          title: 'Percentiles of what is answered at once',
          about: 'No generations, jobs, streams or models of others.',
          unit: 's',
          queries: [0.5, 0.95, 0.99].map((quantile) => [
            `histogram_quantile(${quantile}, sum by (le) (rate(olfactory_request_duration_seconds_bucket{${gateway},${atOnce}}[$__rate_interval])))`,
            `p${quantile * 100}`,
          ]),
          limits: { warning: 0.5, critical: 1 },
          alerts: ['ApiLatencyCritical', 'ApiLatencyWarning'],
        },
        {
          kind: 'heat',
          title: 'Latency',
          about:
            'How many requests took how long; a second band is a cache that misses or a pod that is slow.',
          unit: 's',
          queries: [
            [
              `sum by (le) (increase(olfactory_request_duration_seconds_bucket{${gateway},${atOnce}}[$__rate_interval]))`,
              '{{le}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Slowest routes, p95',
          about: 'Of all routes.',
          unit: 's',
          queries: [
            [
              `topk(10, histogram_quantile(0.95, sum by (endpoint, le) (rate(olfactory_request_duration_seconds_bucket{${gateway}}[$__rate_interval]))))`,
              '{{endpoint}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Calls behind the gateway, p95',
          about: 'Where the time goes: gRPC methods of auth, inference and sensors.',
          unit: 's',
          queries: [
            [
              'topk(10, histogram_quantile(0.95, sum by (service, endpoint, le) (rate(olfactory_request_duration_seconds_bucket{service=~"auth|inference|sensors"}[$__rate_interval]))))',
              '{{service}} {{endpoint}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Limits and cache',
      panels: [
        {
          kind: 'time',
          title: 'Decisions of the rate limits',
          about: 'Local: the store is away and each gateway decides by its share.',
          unit: 'reqps',
          queries: [
            [
              'sum by (store, outcome) (rate(olfactory_limit_decisions_total[$__rate_interval]))',
              '{{store}} {{outcome}}',
            ],
          ],
          alerts: ['RateLimitsLocal'],
        },
        {
          kind: 'time',
          title: 'Molecules known to the gateways',
          about: 'Share answered from memory, without a call.',
          unit: 'percentunit',
          queries: [['namespace_service:cache_hits:ratio_rate30m{service="gateway"}', '{{namespace}}']],
          limits: { warning: 0.9, isLow: true },
          alerts: ['CacheHitRateLow'],
        },
      ],
    },
  ],
};
