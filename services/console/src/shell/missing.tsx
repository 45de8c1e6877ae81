import { Link } from '@tanstack/react-router';
import { Wind } from 'lucide-react';
import { useText } from '../i18n/use-text.ts';
import { EmptyState } from '../ui/index.ts';

/** A path that no page has. */
export function Missing() {
  const { t } = useText();
  return (
    <EmptyState icon={Wind} title={t('common.missing')}>
      <p>{t('common.missingHelp')}</p>
      <Link to="/" className="button" data-variant="secondary">
        {t('common.toStart')}
      </Link>
    </EmptyState>
  );
}
