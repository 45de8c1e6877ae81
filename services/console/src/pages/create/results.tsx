import { useQueryClient } from '@tanstack/react-query';
import { Download, FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { ApiError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { drawingsQuery } from '../../odour/queries.ts';
import { Button, EmptyState, Notice, ProblemNotice, ProgressBar, Skeleton } from '../../ui/index.ts';
import { MoleculeCard } from './molecule-card.tsx';
import type { Run } from './run.ts';
import { type Format, save } from './save.ts';

/** What was found so far, and how it goes. */
export function Results({
  run,
  onRetry,
  onSuggestion,
  onMoreLike,
}: {
  readonly run: Run;
  readonly onRetry: () => void;
  readonly onSuggestion: (description: string) => void;
  readonly onMoreLike: (smiles: string) => void;
}) {
  const { t, number } = useText();
  const { status, molecules, wanted, progress, statistics, shortfall, error } = run;
  if (status === 'idle') {
    return (
      <section className="card">
        <EmptyState icon={FlaskConical} title={t('create.empty')}>
          <p>{t('create.emptyHelp')}</p>
        </EmptyState>
      </section>
    );
  }
  const missing = status === 'running' ? Math.min(3, wanted - molecules.length) : 0;
  const suggestions = error instanceof ApiError ? error.problem['suggestions'] : undefined;
  return (
    <>
      {status === 'running' && (
        <section className="card">
          <ProgressBar
            label={t('create.searching', { sampled: number(progress?.sampled ?? 0) })}
            value={molecules.length}
            max={wanted}
          />
        </section>
      )}
      {status === 'failed' && <ProblemNotice error={error} onRetry={onRetry} />}
      {Array.isArray(suggestions) && (
        <div className="row tight">
          <span className="small soft">{t('create.suggestions')}</span>
          {suggestions.map((suggestion) => (
            <Button key={String(suggestion)} size="s" onPress={() => onSuggestion(String(suggestion))}>
              {String(suggestion)}
            </Button>
          ))}
        </div>
      )}
      {shortfall && (
        <Notice
          tone="warn"
          title={t('create.shortfall', { found: shortfall.found, wanted: shortfall.wanted })}
        >
          <p>{shortfall.reason}</p>
        </Notice>
      )}
      {molecules.length > 0 && (
        <div className="row spread">
          <p className="soft" aria-live="polite">
            {t('create.found', { count: number(molecules.length) })}
            {statistics && ` · ${t('create.drawn', { count: number(statistics.sampled) })}`}
          </p>
          <Export molecules={molecules} isDisabled={status === 'running'} />
        </div>
      )}
      <ul className="found">
        {molecules.map((molecule) => (
          <li key={molecule.smiles}>
            <MoleculeCard molecule={molecule} onMoreLike={onMoreLike} />
          </li>
        ))}
        {Array.from({ length: missing }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they hold places and are nothing else
          <li key={index} className="card" aria-hidden>
            <Skeleton height={20} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Export({
  molecules,
  isDisabled,
}: {
  readonly molecules: Run['molecules'];
  readonly isDisabled: boolean;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const write = async (format: Format) => {
    setError(undefined);
    try {
      const drawings = new Map<string, string>();
      if (format === 'png') {
        for (const { smiles } of molecules) {
          const svg = (await queries.fetchQuery(drawingsQuery([smiles]))).get(smiles);
          if (svg !== undefined) drawings.set(smiles, svg);
        }
      }
      await save(format, molecules, drawings);
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <>
      <MenuTrigger>
        <Button size="s" isDisabled={isDisabled}>
          <Download aria-hidden size={16} />
          {t('create.export')}
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={(key) => void write(key as Format)}>
            <MenuItem id="csv">{t('create.export_csv')}</MenuItem>
            <MenuItem id="sdf">{t('create.export_sdf')}</MenuItem>
            <MenuItem id="png">{t('create.export_png')}</MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {error !== undefined && <ProblemNotice error={error} />}
    </>
  );
}
