import { useText } from '../../i18n/use-text.ts';
import { PageHead, Tabs, useChoice } from '../../ui/index.ts';
import { Audit } from './audit.tsx';
import { Fleet } from './fleet.tsx';
import { Jobs } from './jobs.tsx';
import { Models } from './models.tsx';
import { Tenants } from './tenants.tsx';
import '../account/page.css';
import '../batches/page.css';
import './page.css';

const parts = ['fleet', 'tenants', 'jobs', 'models', 'audit'] as const;
const contents = { fleet: Fleet, tenants: Tenants, jobs: Jobs, models: Models, audit: Audit } as const;

/** The fleet and its tenants, for those who run it. */
export default function Page() {
  const { t } = useText();
  const [part, choose] = useChoice('tab', parts);
  return (
    <>
      <PageHead title={t('admin.title')} lead={t('admin.lead')} />
      <Tabs
        label={t('admin.title')}
        value={part}
        onChange={choose}
        tabs={parts.map((value) => {
          const Content = contents[value];
          return { value, label: t(`admin.tab_${value}`), content: () => <Content /> };
        })}
      />
    </>
  );
}
