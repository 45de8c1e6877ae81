import { useText } from '../i18n/use-text.ts';
import { Button } from './button.tsx';

/** Through pages that lead on by `next`, and back; `pages` are the starts of those that were turned. */
export function Pager({
  pages,
  next,
  onChange,
}: {
  readonly pages: readonly string[];
  readonly next: string | null | undefined;
  readonly onChange: (pages: readonly string[]) => void;
}) {
  const { t } = useText();
  if (pages.length === 0 && !next) return null;
  return (
    <div className="row tight spread pager">
      <Button
        size="s"
        variant="ghost"
        isDisabled={pages.length === 0}
        onPress={() => onChange(pages.slice(0, -1))}
      >
        {t('common.newer')}
      </Button>
      <Button size="s" variant="ghost" isDisabled={!next} onPress={() => next && onChange([...pages, next])}>
        {t('common.older')}
      </Button>
    </div>
  );
}
