import { useText } from '../../i18n/use-text.ts';
import { PageHead, Tabs, useChoice } from '../../ui/index.ts';
import { Keys } from './keys.tsx';
import { Overview } from './overview.tsx';
import { Privacy } from './privacy.tsx';
import { Webhooks } from './webhooks.tsx';
import './page.css';

const parts = ['overview', 'keys', 'webhooks', 'privacy'] as const;
const contents = { overview: Overview, keys: Keys, webhooks: Webhooks, privacy: Privacy } as const;

/** What the account may do, what it did, and how it is reached. */
export default function Page() {
  const { t } = useText();
  const [part, choose] = useChoice('tab', parts);
  return (
    <>
      <PageHead title={t('account.title')} lead={t('account.lead')} />
      <Tabs
        label={t('account.title')}
        value={part}
        onChange={choose}
        tabs={parts.map((value) => {
          const Content = contents[value];
          return { value, label: t(`account.tab_${value}`), content: () => <Content /> };
        })}
      />
    </>
  );
}
