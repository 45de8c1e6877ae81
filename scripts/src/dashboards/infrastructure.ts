import type { DashboardSpec } from './dashboard.ts';

const ours = 'service=~"gateway|auth|sensors|inference|worker"';

export const infrastructure: DashboardSpec = {
  name: 'infrastructure',
  title: 'Sillage / Infrastructure',
  about: 'Processes, stores, inference by pool, and the queue of jobs.',
  span: '6h',
  rows: [
    {
      title: 'Processes',
      panels: [
        {
          kind: 'time',
          title: 'Memory',
          about: 'Of what the process may use: the limit of its container, else of the machine.',
          unit: 'percentunit',
          queries: [['olfactory_memory_usage_bytes / olfactory_memory_limit_bytes', '{{service}} {{pod}}']],
          limits: { warning: 0.8, critical: 0.95 },
          alerts: ['MemoryHigh'],
        },
        {
          kind: 'time',
          title: 'CPU',
          about: 'Cores in use.',
          unit: 'short',
          queries: [
            [
              `sum by (service, pod) (rate(process_cpu_seconds_total{${ours}}[$__rate_interval]))`,
              '{{service}} {{pod}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Lag of the event loop, p99',
          about: 'How late a turn comes: too little CPU, or work that belongs in a thread.',
          unit: 's',
          queries: [[`nodejs_eventloop_lag_p99_seconds{${ours}}`, '{{service}} {{pod}}']],
          limits: { warning: 0.1, critical: 0.5 },
          alerts: ['EventLoopBlocked'],
        },
        {
          kind: 'time',
          title: 'Time spent collecting garbage',
          about: 'Share of a core.',
          unit: 'percentunit',
          queries: [
            [
              `sum by (service, pod) (rate(nodejs_gc_duration_seconds_sum{${ours}}[$__rate_interval]))`,
              '{{service}} {{pod}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Starts within half an hour',
          about: 'More than two: it crashes.',
          unit: 'short',
          queries: [[`changes(process_start_time_seconds{${ours}}[30m])`, '{{service}} {{pod}}']],
          limits: { critical: 3 },
          alerts: ['ServiceRestarting'],
        },
        {
          kind: 'time',
          title: 'File descriptors',
          about: 'Open, of those allowed.',
          unit: 'percentunit',
          queries: [[`process_open_fds{${ours}} / process_max_fds{${ours}}`, '{{service}} {{pod}}']],
          limits: { warning: 0.8 },
          alerts: ['FileDescriptorsHigh'],
        },
      ],
    },
    {
      title: 'Stores',
      panels: [
        {
          kind: 'time',
          title: 'Connections of Postgres',
          about: 'Of those the server lets in.',
          unit: 'percentunit',
          queries: [
            [
              'max by (namespace) (olfactory_postgres_connections / olfactory_postgres_connections_limit)',
              '{{namespace}}',
            ],
          ],
          limits: { warning: 0.75, critical: 0.9 },
          alerts: ['DatabaseConnectionsHigh'],
        },
        {
          kind: 'time',
          title: 'Pools of connections',
          about: 'Connections in use, and queries that wait for one.',
          unit: 'short',
          queries: [
            ['sum by (service) (olfactory_database_pool_connections{state="used"})', '{{service}} used'],
            ['sum by (service) (olfactory_database_pool_waiting)', '{{service}} waiting'],
            ['sum by (service) (olfactory_database_pool_limit)', '{{service}} limit'],
          ],
          alerts: ['DatabasePoolExhausted'],
        },
        {
          kind: 'time',
          title: 'Free on volumes',
          about: 'Of the file system that the folder lies on.',
          unit: 'percentunit',
          queries: [
            [
              'min by (volume, service) (olfactory_volume_available_bytes / olfactory_volume_size_bytes)',
              '{{volume}} {{service}}',
            ],
          ],
          limits: { warning: 0.2, critical: 0.1, isLow: true },
          alerts: ['DiskSpaceLow'],
        },
        {
          kind: 'time',
          title: 'Failures of cache tiers',
          about: 'Calls that failed or were too slow; the tier is skipped for a second.',
          unit: 'ops',
          queries: [
            [
              'sum by (tier, direction) (rate(olfactory_cache_failures_total[$__rate_interval]))',
              '{{tier}} {{direction}}',
            ],
          ],
          alerts: ['CacheTierFailing'],
        },
      ],
    },
    {
      title: 'Inference',
      panels: [
        {
          kind: 'time',
          title: 'Capacity taken',
          about: 'Molecules and generations in work, of those the pods take on; beyond it they refuse.',
          unit: 'percentunit',
          queries: [
            ['namespace_pool_resource:capacity_used:ratio{resource!="chunks"}', '{{pool}} {{resource}}'],
          ],
          limits: { warning: 0.7, critical: 0.9 },
          alerts: ['CapacityUsedUp', 'RequestsRefused'],
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Wait for a batch, p95',
          about: 'From arrival in the queue to the end of the run, less the run.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.95, sum by (model, le) (rate(olfactory_batch_wait_seconds_bucket[$__rate_interval])))',
              '{{model}}',
            ],
          ],
          limits: { warning: 1 },
          alerts: ['BatchWaitLong'],
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Run of a batch, p95',
          about: 'In the model itself.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.95, sum by (model, le) (rate(olfactory_inference_duration_seconds_bucket[$__rate_interval])))',
              '{{model}}',
            ],
          ],
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Rows of a batch',
          about: 'On average; it grows with the load.',
          unit: 'short',
          queries: [
            [
              'sum by (model) (rate(olfactory_batch_size_sum[$__rate_interval])) / sum by (model) (rate(olfactory_batch_size_count[$__rate_interval]))',
              '{{model}}',
            ],
          ],
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Rows that wait, and rows dropped',
          about: 'Dropped without a run: the caller has gone, the deadline has passed, or there was no room.',
          unit: 'short',
          queries: [
            ['sum by (queue) (olfactory_queue_depth{service="inference"})', 'waiting {{queue}}'],
            [
              'sum by (model, reason) (increase(olfactory_batch_dropped_total[$__rate_interval])) > 0',
              '{{reason}} {{model}}',
            ],
          ],
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Where rows were found',
          about: 'Look-ups of inference by tier of its cache; what memory lacks is looked up in the next.',
          unit: 'ops',
          queries: [
            [
              'sum by (tier, result) (rate(olfactory_cache_lookups_total{service="inference"}[$__rate_interval]))',
              '{{tier}} {{result}}',
            ],
          ],
          isStacked: true,
          isOfPool: true,
        },
        {
          kind: 'time',
          title: 'Sent to the pools',
          about:
            'Requests of gateways, workers and sensors that a pool has not answered yet, and those it did not take.',
          unit: 'short',
          queries: [
            ['sum by (pool) (olfactory_pool_requests_in_flight)', '{{pool}}'],
            [
              'sum by (pool, reason) (increase(olfactory_pool_refused_total[$__rate_interval]))',
              '{{pool}} {{reason}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Use of the GPU',
          about: 'Nothing where there is none.',
          unit: 'percent',
          queries: [['olfactory_gpu_utilization_percent', '{{pod}}']],
          max: 100,
          isOfPool: true,
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          kind: 'time',
          title: 'Chunks not finished',
          about: 'Of jobs that are queued or running.',
          unit: 'short',
          queries: [['max(olfactory_queue_depth{queue="job-chunks"})', 'chunks']],
        },
        {
          kind: 'time',
          title: 'Longest wait, longest standstill',
          about: 'Of a job for its first worker; of a running job without progress.',
          unit: 's',
          queries: [
            ['max(olfactory_queue_oldest_seconds{queue="job-chunks"})', 'waiting'],
            ['max(olfactory_jobs_stalled_seconds)', 'without progress'],
          ],
          limits: { warning: 300, critical: 900 },
          alerts: ['JobQueueOld', 'JobStalled', 'JobsUnobserved'],
        },
        {
          kind: 'time',
          title: 'Chunks by how they ended',
          about: 'Lost: the worker did not renew its claim. Given back: it was told to stop.',
          unit: 'short',
          queries: [['sum by (outcome) (increase(olfactory_chunks_total[$__rate_interval]))', '{{outcome}}']],
          isStacked: true,
          alerts: ['ChunksLost'],
        },
        {
          kind: 'time',
          title: 'Workers',
          about: 'Chunks in hand, of those that all workers together take.',
          unit: 'short',
          queries: [
            ['sum(olfactory_capacity_used{service="worker"})', 'in hand'],
            ['sum(olfactory_capacity_limit{service="worker"})', 'places'],
          ],
        },
        {
          kind: 'time',
          title: 'Attempts to deliver webhooks',
          about: 'A failed one is tried again, nine times in some 23 hours.',
          unit: 'short',
          queries: [
            [
              'sum by (outcome) (increase(olfactory_webhook_attempts_total[$__rate_interval]))',
              '{{outcome}}',
            ],
          ],
          alerts: ['WebhooksFailing'],
        },
      ],
    },
  ],
};
