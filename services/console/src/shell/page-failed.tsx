import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { ApiError } from '../api/problem.ts';
import { useText } from '../i18n/use-text.ts';
import { Button, Notice, ProblemNotice } from '../ui/index.ts';

/** Where a page broke: the rest of the console goes on. */
export function PageFailed({ error }: ErrorComponentProps) {
  const { t } = useText();
  const router = useRouter();
  if (error instanceof ApiError) {
    return <ProblemNotice error={error} onRetry={() => void router.invalidate()} />;
  }
  return (
    <Notice tone="bad" title={t('common.broken')}>
      <p>{t('common.brokenHelp')}</p>
      <p className="hint">{error instanceof Error ? error.message : String(error)}</p>
      <p>
        <Button size="s" onPress={() => location.reload()}>
          {t('common.reload')}
        </Button>
      </p>
    </Notice>
  );
}
