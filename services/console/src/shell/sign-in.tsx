import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { forgetAnswers, sessionQuery, signIn } from '../api/session.ts';
import { useText } from '../i18n/use-text.ts';
import { Button, ProblemNotice, TextField } from '../ui/index.ts';

/** Asks for a key. Once it holds, whoever waits for the session has it. */
export function SignInForm({ onDone }: { readonly onDone?: () => void }) {
  const { t } = useText();
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const before = queries.getQueryData(sessionQuery.queryKey);
      const session = await signIn(key.trim());
      // What another tenant was shown is not for this one.
      if (before && before.tenant.id !== session.tenant.id) forgetAnswers(queries);
      queries.setQueryData(sessionQuery.queryKey, session);
      onDone?.();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <TextField
        label={t('signIn.key')}
        hint={t('signIn.keyHint')}
        type="password"
        autoComplete="current-password"
        isMono
        isRequired
        autoFocus
        value={key}
        onChange={setKey}
      />
      {error !== undefined && <ProblemNotice error={error} />}
      <Button type="submit" variant="primary" isDisabled={isBusy || key.trim() === ''}>
        {t('signIn.action')}
      </Button>
    </form>
  );
}
