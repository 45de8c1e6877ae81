import { Check, ChevronDown, Plus } from 'lucide-react';
import {
  Autocomplete,
  Input,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  SearchField,
  Button as Trigger,
  useFilter,
} from 'react-aria-components';
import { useText } from '../../i18n/use-text.ts';
import { colourOf, families, familyNames } from '../../odour/families.ts';
import { Button, Card } from '../../ui/index.ts';
import { type Level, levels, type Wish } from './request.ts';

const everyNote: readonly string[] = familyNames.flatMap((family) => [...families[family]]);

/** What was understood, as chips that can be changed. */
export function Understood({
  wishes,
  unrecognised,
  isEdited,
  isRunning,
  onChange,
  onReset,
  onCreate,
}: {
  readonly wishes: readonly Wish[];
  readonly unrecognised: readonly string[];
  readonly isEdited: boolean;
  readonly isRunning: boolean;
  readonly onChange: (wishes: readonly Wish[]) => void;
  readonly onReset: () => void;
  readonly onCreate: () => void;
}) {
  const { t } = useText();
  return (
    <Card
      title={t('create.understood')}
      actions={
        isEdited && (
          <>
            <Button size="s" variant="ghost" onPress={onReset}>
              {t('create.reset')}
            </Button>
            <Button
              size="s"
              variant="primary"
              isDisabled={isRunning || !wishes.some(({ level }) => level !== 'none')}
              onPress={onCreate}
            >
              {t('create.again')}
            </Button>
          </>
        )
      }
    >
      <div className="stack tight">
        <div className="row tight">
          <ul className="row tight" aria-label={t('create.understood')}>
            {wishes.map((wish) => (
              <li key={wish.note}>
                <WishChip
                  wish={wish}
                  onLevel={(level) =>
                    onChange(wishes.map((one) => (one.note === wish.note ? { ...one, level } : one)))
                  }
                  onRemove={() => onChange(wishes.filter(({ note }) => note !== wish.note))}
                />
              </li>
            ))}
          </ul>
          <AddNote
            notes={everyNote.filter((name) => !wishes.some(({ note }) => note === name))}
            onAdd={(note) => onChange([...wishes, { note, level: 'full' }])}
          />
        </div>
        {unrecognised.length > 0 && (
          <p className="hint">{t('create.unrecognised', { words: unrecognised.join(', ') })}</p>
        )}
      </div>
    </Card>
  );
}

function WishChip({
  wish,
  onLevel,
  onRemove,
}: {
  readonly wish: Wish;
  readonly onLevel: (level: Level) => void;
  readonly onRemove: () => void;
}) {
  const { t, note: word } = useText();
  const { note, level } = wish;
  return (
    <MenuTrigger>
      <Trigger className="chip wish" data-level={level}>
        <span className="dot" style={{ background: colourOf(note) }} aria-hidden />
        <span className="wish-note">{word(note)}</span>
        <span className="wish-level">{t(`create.level_${level}`)}</span>
        <ChevronDown aria-hidden size={14} />
      </Trigger>
      <Popover className="popover">
        <Menu
          className="menu"
          selectionMode="single"
          selectedKeys={[level]}
          onAction={(key) => {
            const chosen = levels.find((one) => one.level === key);
            if (chosen) onLevel(chosen.level);
            else onRemove();
          }}
        >
          {[
            ...levels.map((one) => (
              <MenuItem key={one.level} id={one.level} textValue={t(`create.level_${one.level}`)}>
                {one.level === level ? <Check aria-hidden size={14} /> : <span className="no-check" />}
                {t(`create.level_${one.level}`)}
              </MenuItem>
            )),
            <MenuItem key="remove" id="remove" textValue={t('create.remove')}>
              <span className="no-check" />
              {t('create.remove')}
            </MenuItem>,
          ]}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function AddNote({
  notes,
  onAdd,
}: {
  readonly notes: readonly string[];
  readonly onAdd: (note: string) => void;
}) {
  const { t, note: word } = useText();
  const { contains } = useFilter({ sensitivity: 'base' });
  return (
    <MenuTrigger>
      <Button size="s" variant="ghost">
        <Plus aria-hidden size={14} />
        {t('create.addNote')}
      </Button>
      <Popover className="popover add-note">
        <Autocomplete filter={contains}>
          <SearchField aria-label={t('create.addNote')} autoFocus>
            <Input className="input" />
          </SearchField>
          <Menu className="menu" items={notes.map((id) => ({ id }))} onAction={(key) => onAdd(String(key))}>
            {({ id }) => (
              <MenuItem id={id} textValue={word(id)}>
                <span className="dot" style={{ background: colourOf(id) }} aria-hidden />
                {word(id)}
              </MenuItem>
            )}
          </Menu>
        </Autocomplete>
      </Popover>
    </MenuTrigger>
  );
}
