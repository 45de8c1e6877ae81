import { useQueryClient } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import { EmptyState, PageHead, useAddress } from '../../ui/index.ts';
import { JobDetail } from './job-detail.tsx';
import { JobList } from './job-list.tsx';
import { jobQuery } from './jobs.ts';
import { NewBatch } from './new-batch.tsx';
import './page.css';

/** Many molecules at once: a file becomes a job, which is followed to its end. The job in sight is in the address. */
export default function Page() {
  const { t } = useText();
  const queries = useQueryClient();
  const [id, choose] = useAddress('job');
  return (
    <>
      <PageHead title={t('batches.title')} lead={t('batches.lead')} />
      <div className="batches">
        <div className="stack">
          <NewBatch
            onMade={(job) => {
              queries.setQueryData(jobQuery(job.id).queryKey, job);
              void queries.invalidateQueries({ queryKey: ['jobs', 'list'] });
              choose(job.id);
            }}
          />
          <JobList chosen={id} onChoose={choose} />
        </div>
        <div className="batches-detail">
          {id === undefined ? (
            <section className="card">
              <EmptyState icon={Layers} title={t('batches.chooseOne')}>
                <p>{t('batches.chooseOneHelp')}</p>
              </EmptyState>
            </section>
          ) : (
            <JobDetail key={id} id={id} />
          )}
        </div>
      </div>
    </>
  );
}
