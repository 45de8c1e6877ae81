import type { CreatedKeyJson, TenantJson } from '@sillage/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pencil, Plus, Users } from 'lucide-react';
import { useState } from 'react';
import { askJson } from '../../api/client.ts';
import { useText } from '../../i18n/use-text.ts';
import {
  Badge,
  Button,
  Card,
  EmptyState,
  Pager,
  ProblemNotice,
  SecretDialog,
  Select,
  Skeleton,
  Table,
  TextField,
} from '../../ui/index.ts';
import { NewKeyDialog } from '../account/new-key.tsx';
import { tenantsQuery } from './data.ts';
import { EditTenantDialog, NewTenantDialog, tiers } from './tenant-dialogs.tsx';

/** All tenants: found, made, moved to another tier, suspended; and a key for each. */
export function Tenants() {
  const { t, date } = useText();
  const queries = useQueryClient();
  const [search, setSearch] = useState('');
  const [tier, setTier] = useState<'' | (typeof tiers)[number]>('');
  const [pages, setPages] = useState<readonly string[]>([]);
  const [isMaking, setMaking] = useState(false);
  const [edited, setEdited] = useState<TenantJson>();
  const [keyFor, setKeyFor] = useState<string>();
  const [secret, setSecret] = useState<string>();
  const filter = { search: search.trim(), tier, before: pages.at(-1) };
  const { data, error, refetch } = useQuery({ ...tenantsQuery(filter), placeholderData: (before) => before });
  const again = () => queries.invalidateQueries({ queryKey: ['admin', 'tenants'] });
  return (
    <Card
      title={t('admin.tenants')}
      actions={
        <Button variant="primary" size="s" onPress={() => setMaking(true)}>
          <Plus aria-hidden size={16} />
          {t('admin.newTenant')}
        </Button>
      }
    >
      <div className="filters">
        <TextField
          label={t('admin.search')}
          placeholder={t('admin.searchHint')}
          value={search}
          onChange={(text) => {
            setSearch(text);
            setPages([]);
          }}
        />
        <Select
          label={t('admin.tier')}
          value={tier}
          onChange={(chosen) => {
            setTier(chosen);
            setPages([]);
          }}
          choices={[
            { value: '', label: t('admin.any') },
            ...tiers.map((value) => ({ value, label: t(`tier.${value}`) })),
          ]}
        />
      </div>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={12} />}
      {data?.tenants.length === 0 && <EmptyState icon={Users} title={t('admin.noTenants')} />}
      {data && data.tenants.length > 0 && (
        <Table
          label={t('admin.tenants')}
          columns={[
            { name: t('admin.name') },
            { name: t('admin.tier') },
            { name: t('account.state') },
            { name: t('admin.created') },
            { name: t('common.actions'), isUnseen: true },
          ]}
        >
          {data.tenants.map((tenant) => (
            <tr key={tenant.id}>
              <td>
                <strong className="break">{tenant.name}</strong>
                <div className="small soft">
                  <code>{tenant.id}</code>
                </div>
              </td>
              <td>
                <Badge tone="accent">{t(`tier.${tenant.tier}`)}</Badge>
              </td>
              <td>
                <Badge tone={tenant.suspended_at ? 'bad' : 'good'}>
                  {t(tenant.suspended_at ? 'admin.suspended' : 'admin.active')}
                </Badge>
              </td>
              <td className="nowrap">{date(tenant.created_at)}</td>
              <td className="actions-cell">
                <div className="row tight">
                  <Button
                    size="s"
                    variant="ghost"
                    aria-label={t('admin.keyFor', { name: tenant.name })}
                    onPress={() => setKeyFor(tenant.id)}
                  >
                    <KeyRound aria-hidden size={15} />
                    {t('admin.key')}
                  </Button>
                  <Button
                    size="s"
                    variant="ghost"
                    aria-label={t('admin.editNamed', { name: tenant.name })}
                    onPress={() => setEdited(tenant)}
                  >
                    <Pencil aria-hidden size={15} />
                    {t('admin.edit')}
                  </Button>
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager pages={pages} next={data?.next} onChange={setPages} />
      <NewTenantDialog
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        onMade={(tenant) => {
          setMaking(false);
          setKeyFor(tenant.id);
          void again();
        }}
      />
      <EditTenantDialog
        tenant={edited}
        onClose={() => setEdited(undefined)}
        onChanged={(tenant) => {
          setEdited(tenant);
          void again();
        }}
      />
      <NewKeyDialog
        isOpen={keyFor !== undefined}
        onClose={() => setKeyFor(undefined)}
        onMade={(key) => {
          setKeyFor(undefined);
          setSecret(key.secret);
        }}
        make={(key) =>
          askJson<CreatedKeyJson>(`/api/v1/admin/tenants/${keyFor}/keys`, { method: 'POST', body: key })
        }
      />
      <SecretDialog
        title={t('account.keyMade')}
        help={t('account.secretOnce')}
        secret={secret}
        onClose={() => setSecret(undefined)}
      />
    </Card>
  );
}
