import { useText } from '../../i18n/use-text.ts';
import { PageHead } from '../../ui/index.ts';

export default function Page() {
  const { t } = useText();
  return <PageHead title={t('create.title')} />;
}
