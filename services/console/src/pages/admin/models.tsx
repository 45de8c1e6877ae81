import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Button, Card, ConfirmDialog, ProblemNotice, Skeleton, Table } from '../../ui/index.ts';
import { changeModel, type ModelVersion, modelsQuery } from './data.ts';

const tones: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  READY: 'good',
  LOADING: 'warn',
  UNLOADING: 'warn',
  UNAVAILABLE: 'bad',
};

/** Every model and version of the repository, and whether it is served. */
export function Models() {
  const { t, number } = useText();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(modelsQuery);
  const [asking, setAsking] = useState<string>();
  const change = useMutation({
    mutationFn: ({ name, what }: { name: string; what: 'load' | 'unload' }) => changeModel(name, what),
    onSettled: () => {
      setAsking(undefined);
      return queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
  });
  const figureOf = ({ known }: ModelVersion) => {
    const [figure] = known?.metrics ?? [];
    return figure
      ? `${figure.metric} ${number(figure.value, { maximumFractionDigits: 3 })} · ${figure.dataset}`
      : '';
  };
  return (
    <Card title={t('admin.models')}>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {change.error && <ProblemNotice error={change.error} />}
      {!data && !error && <Skeleton height={12} />}
      {data && (
        <Table
          label={t('admin.models')}
          columns={[
            { name: t('batches.model') },
            { name: t('admin.version'), isNumeric: true },
            { name: t('account.state') },
            { name: t('admin.task') },
            { name: t('admin.inferences'), isNumeric: true },
            { name: t('common.actions'), isUnseen: true },
          ]}
        >
          {data.map((model) => (
            <tr key={`${model.name} ${model.version}`}>
              <td>
                <strong>{model.name}</strong>{' '}
                {model.known?.default && <Badge tone="accent">{t('admin.default')}</Badge>}
                <div className="small soft">{model.known?.summary}</div>
              </td>
              <td data-numeric>{model.version}</td>
              <td>
                <Badge tone={tones[model.state] ?? 'warn'}>{model.state}</Badge>
                {model.reason !== '' && <div className="small soft break">{model.reason}</div>}
              </td>
              <td>
                {model.known?.task}
                <div className="small soft">{figureOf(model)}</div>
              </td>
              <td data-numeric>{model.inferences === undefined ? '–' : number(model.inferences)}</td>
              <td className="actions-cell">
                {model.state === 'READY' ? (
                  <Button
                    size="s"
                    variant="ghost"
                    aria-label={t('admin.unloadNamed', { name: model.name })}
                    onPress={() => setAsking(model.name)}
                  >
                    {t('admin.unload')}
                  </Button>
                ) : (
                  <Button
                    size="s"
                    variant="ghost"
                    isDisabled={change.isPending}
                    aria-label={t('admin.loadNamed', { name: model.name })}
                    onPress={() => change.mutate({ name: model.name, what: 'load' })}
                  >
                    {t('admin.load')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ConfirmDialog
        title={t('admin.unloadNamed', { name: asking ?? '' })}
        action={t('admin.unload')}
        isOpen={asking !== undefined}
        isBusy={change.isPending}
        onConfirm={() => asking !== undefined && change.mutate({ name: asking, what: 'unload' })}
        onClose={() => setAsking(undefined)}
      >
        <p>{t('admin.unloadHelp')}</p>
      </ConfirmDialog>
    </Card>
  );
}
