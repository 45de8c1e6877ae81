import type { DashboardSpec } from './dashboard.ts';

export const business: DashboardSpec = {
  name: 'business',
  title: 'Sillage / Business',
  about: 'What the fleet is used for: molecules, generations, jobs, noses, and who is held back by a limit.',
  span: '7d',
  rows: [
    {
      title: 'Use',
      panels: [
        {
          kind: 'time',
          title: 'Molecules answered',
          about: 'In answers, per hour, by the tier of the tenant; those of jobs are not among them.',
          unit: 'short',
          queries: [['sum by (tier) (increase(olfactory_molecules_answered_total[1h]))', '{{tier}}']],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Requests of tenants',
          about: 'Per hour, by tier.',
          unit: 'short',
          queries: [['sum by (tier) (increase(olfactory_tenant_requests_total[1h]))', '{{tier}}']],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'What is asked for',
          about: 'Requests per hour by what they are about.',
          unit: 'short',
          queries: [
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint=~"/api/v[12]/predict"}[1h]))',
              'predict',
            ],
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint="/api/v1/generate"}[1h]))',
              'generate',
            ],
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint=~"/api/v1/jobs.*"}[1h]))',
              'jobs',
            ],
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint=~"/api/v1/sensors/.*"}[1h]))',
              'sensors',
            ],
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint=~"/api/v1/research/.*"}[1h]))',
              'research',
            ],
            [
              'sum(increase(olfactory_requests_total{service="gateway",endpoint=~"/v2/.*|inference[.].*"}[1h]))',
              'tensors',
            ],
          ],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Held back by limits',
          about:
            'Requests per hour over a rate limit, or over the molecules of a month: somebody who may want another tier.',
          unit: 'short',
          queries: [
            [
              'sum(increase(olfactory_errors_total{service="gateway",error_type="rate_limited"}[1h]))',
              'rate limit',
            ],
            [
              'sum(increase(olfactory_errors_total{service="gateway",error_type="quota_exceeded"}[1h]))',
              'quota',
            ],
          ],
        },
      ],
    },
    {
      title: 'Generation',
      panels: [
        {
          kind: 'time',
          title: 'Molecules generated',
          about: 'Per hour, by method.',
          unit: 'short',
          queries: [['sum by (worker) (increase(olfactory_molecules_generated_total[1h]))', '{{worker}}']],
          isStacked: true,
        },
        {
          kind: 'time',
          title: 'Share of drawn molecules that are valid',
          about: 'Since each pod started.',
          unit: 'percentunit',
          queries: [['avg(olfactory_molecule_validity_rate)', 'valid']],
          limits: { warning: 0.5, isLow: true },
          alerts: ['GenerationValidityLow'],
        },
        {
          kind: 'heat',
          title: 'Safety of what was returned',
          about: 'Safety score of generated molecules; 1 is best.',
          unit: 'short',
          queries: [['sum by (le) (increase(olfactory_safety_score_bucket[1h]))', '{{le}}']],
        },
        {
          kind: 'table',
          title: 'Figures of the models',
          about: 'Measured when each was made, from its manifest.',
          unit: 'short',
          queries: [['max by (model, dataset) (olfactory_model_accuracy)', '']],
          alerts: ['ModelFailing'],
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          kind: 'time',
          title: 'Jobs that ended',
          about: 'Per hour, by how.',
          unit: 'short',
          queries: [
            [
              'sum by (state) (increase(olfactory_jobs_total{state=~"succeeded|failed|cancelled"}[1h]))',
              '{{state}}',
            ],
          ],
          isStacked: true,
          alerts: ['JobsFailing'],
        },
        {
          kind: 'time',
          title: 'Jobs now',
          about: 'Not ended, by state.',
          unit: 'short',
          queries: [['max by (state) (olfactory_jobs_live)', '{{state}}']],
        },
      ],
    },
    {
      title: 'Noses',
      panels: [
        {
          kind: 'stat',
          title: 'Devices',
          about: 'Of those that measured last, at most 500.',
          unit: 'short',
          queries: [['count(count by (sensor_id) (olfactory_sensor_calibration_status))', '']],
        },
        {
          kind: 'stat',
          title: 'Calibrated',
          about: 'Share of those devices.',
          unit: 'percentunit',
          queries: [['avg(max by (sensor_id) (olfactory_sensor_calibration_status))', '']],
          limits: { warning: 0.9, isLow: true },
          alerts: ['DeviceUncalibrated'],
        },
        {
          kind: 'time',
          title: 'Readings stored',
          about: 'Per hour, by kind of sensor head.',
          unit: 'short',
          queries: [
            ['sum by (sensor_type) (increase(olfactory_sensor_readings_total[1h]))', '{{sensor_type}}'],
          ],
          alerts: ['SensorReadingsStopped'],
          width: 8,
        },
        {
          kind: 'time',
          title: 'Findings in readings',
          about: 'A reading may have several.',
          unit: 'short',
          queries: [
            [
              'sum by (sensor_type, error) (increase(olfactory_sensor_errors_total[1h])) > 0',
              '{{sensor_type}} {{error}}',
            ],
          ],
          alerts: ['SensorReadingsFaulty'],
          width: 8,
        },
        {
          kind: 'table',
          title: 'Devices that drift most',
          about: 'Change in clean air between the last two calibrations, of the channel that moved most.',
          unit: 'percentunit',
          queries: [['topk(10, max by (sensor_id) (olfactory_sensor_drift_ratio))', '']],
          limits: { warning: 0.3 },
          alerts: ['DeviceDrifted'],
        },
      ],
    },
  ],
};
