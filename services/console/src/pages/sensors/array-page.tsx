import type { ArrayClassificationJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useText } from '../../i18n/use-text.ts';
import {
  Badge,
  Button,
  Card,
  CopyButton,
  Notice,
  PageHead,
  ProblemNotice,
  Skeleton,
  Table,
} from '../../ui/index.ts';
import { Classification } from './classification.tsx';
import { arrayQuery, arraysQuery, deviceQuery, removeArray } from './data.ts';
import { BackButton, RemoveButton } from './head-actions.tsx';
import { substanceName } from './words.ts';

type Member = ArrayClassificationJson['members'][number];

/** What the devices of an array smell together, and what each of them adds to it. */
export function ArrayPage({
  id,
  onChoose,
  onLeave,
}: {
  readonly id: string;
  readonly onChoose: (device: string) => void;
  readonly onLeave: () => void;
}) {
  const { t, number } = useText();
  const queries = useQueryClient();
  const { data: list } = useQuery(arraysQuery);
  const { data, error, refetch } = useQuery(arrayQuery(id));
  const remove = useMutation({
    mutationFn: () => removeArray(id),
    onSuccess: () => {
      onLeave();
      queries.removeQueries({ queryKey: arrayQuery(id).queryKey });
      void queries.invalidateQueries({ queryKey: arraysQuery.queryKey });
    },
  });
  // The list knows it as well where all its devices are gone, and there is no answer.
  const array = data?.array ?? list?.arrays.find((one) => one.id === id);
  return (
    <>
      <PageHead
        title={array?.name ?? t('sensors.arrays')}
        lead={array && t('sensors.arrayCount', { count: number(array.devices.length) })}
        actions={
          <>
            <BackButton onPress={onLeave} />
            <CopyButton text={id} label={t('sensors.copyId')} />
            {array && (
              <RemoveButton
                name={array.name}
                action={t('sensors.removeArray')}
                help={t('sensors.removeArrayHelp')}
                removing={remove}
              />
            )}
          </>
        }
      />
      <div className="stack">
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {data?.degraded && (
          <Notice tone="warn" title={t('sensors.degraded')}>
            <p>{t('sensors.degradedHelp')}</p>
          </Notice>
        )}
        {!data && !error && <Skeleton height={20} />}
        {data && (
          <div className="sensor-split">
            <Members members={data.members} onChoose={onChoose} />
            <Classification classification={data.classification} />
          </div>
        )}
      </div>
    </>
  );
}

function Members({
  members,
  onChoose,
}: {
  readonly members: readonly Member[];
  readonly onChoose: (device: string) => void;
}) {
  const { t } = useText();
  return (
    <Card title={t('sensors.devices')}>
      <Table
        label={t('sensors.devices')}
        columns={[
          { name: t('sensors.name') },
          { name: t('sensors.part') },
          { name: t('sensors.alone') },
          { name: t('sensors.lag'), isNumeric: true },
        ]}
      >
        {members.map((member) => (
          <MemberRow key={member.device} member={member} onChoose={() => onChoose(member.device)} />
        ))}
      </Table>
    </Card>
  );
}

const tones = { used: 'good', removed: 'bad', silent: 'warn', warming_up: 'neutral' } as const;

/** A device of the array, and what it says alone. */
function MemberRow({ member, onChoose }: { readonly member: Member; readonly onChoose: () => void }) {
  const { t, number, percent } = useText();
  const { device, part, lag_s: lagS, substance, probability } = member;
  const { data } = useQuery({ ...deviceQuery(device, 60_000), enabled: part !== 'removed' });
  return (
    <tr>
      <td className="member-name break">
        {part === 'removed' ? (
          <code>{device}</code>
        ) : (
          <Button variant="ghost" size="s" onPress={onChoose}>
            {data?.name ?? device}
          </Button>
        )}
      </td>
      <td>
        <Badge tone={tones[part]}>{t(`sensors.part_${part}`)}</Badge>
      </td>
      <td>
        {substance === null ? '–' : substanceName(substance)}{' '}
        {probability !== null && <span className="numeric soft">{percent(probability)}</span>}
      </td>
      <td data-numeric>{lagS === null ? '–' : number(lagS, { maximumFractionDigits: 1 })}</td>
    </tr>
  );
}
