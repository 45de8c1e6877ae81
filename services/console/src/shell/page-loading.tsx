import { useText } from '../i18n/use-text.ts';
import { Skeleton, Spinner } from '../ui/index.ts';

/** While a page's code is on its way. */
export function PageLoading() {
  const { t } = useText();
  return (
    <div className="stack">
      <Spinner label={t('common.loading')} />
      <Skeleton height={2.5} width="14rem" />
      <Skeleton height={12} />
    </div>
  );
}
