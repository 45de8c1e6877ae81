import type { FleetInstance, FleetService } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import { Badge, ProblemNotice, Skeleton } from '../../ui/index.ts';
import { fleetQuery } from './data.ts';

const tones = { ready: 'good', impaired: 'warn', not_ready: 'bad', away: 'bad' } as const;

/** How every process is, and what waits; looked at every five seconds. */
export function Fleet() {
  const { t, number } = useText();
  const { data, error, refetch } = useQuery(fleetQuery);
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={24} />;
  const { queue, services } = data;
  const figures = [
    [t('admin.queued'), number(queue.jobs.queued)],
    [t('admin.running'), number(queue.jobs.running)],
    [t('admin.paused'), number(queue.jobs.paused)],
    [t('admin.chunks'), number(queue.chunks)],
    [t('admin.oldest'), number(queue.oldest_s, { style: 'unit', unit: 'second', maximumFractionDigits: 0 })],
  ] as const;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      <section className="card" aria-label={t('admin.queue')}>
        <h2>{t('admin.queue')}</h2>
        <dl className="figures">
          {figures.map(([name, value]) => (
            <div key={name} className="figure-tile">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <div className="services">
        {services.map((service) => (
          <Service key={`${service.name} ${service.pool}`} service={service} />
        ))}
      </div>
    </>
  );
}

function Service({ service }: { readonly service: FleetService }) {
  const { t } = useText();
  return (
    <section className="card service" aria-label={service.name}>
      <div className="row spread">
        <div>
          <h3>{service.name}</h3>
          {service.pool !== null && <code className="small soft">{service.pool}</code>}
        </div>
        <Badge tone={tones[service.state]}>{t(`admin.service_${service.state}`)}</Badge>
      </div>
      {service.instances.length === 0 && <p className="soft">{t('admin.nobodyAnswers')}</p>}
      {service.instances.map((one) => (
        <Instance key={`${one.instance} ${one.started_at}`} of={one} />
      ))}
    </section>
  );
}

function Instance({ of: one }: { readonly of: FleetInstance }) {
  const { t, date } = useText();
  return (
    <div className="instance">
      <div className="row tight small">
        <strong className="break">{one.instance}</strong>
        <Badge>{one.version}</Badge>
        {!one.ready && <Badge tone="bad">{t('admin.service_not_ready')}</Badge>}
      </div>
      <p className="small soft">
        {t('admin.startedAt', { date: date(one.started_at, { dateStyle: 'medium', timeStyle: 'short' }) })}
      </p>
      <ul className="check-list">
        {one.checks.map(({ name, ok, detail }) => (
          <li key={name} data-ok={ok}>
            {ok ? (
              <CircleCheck size={14} role="img" aria-label={t('admin.there')} />
            ) : (
              <CircleAlert size={14} role="img" aria-label={t('admin.missing')} />
            )}
            <span>{name}</span>
            <span className="soft break">{detail}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
