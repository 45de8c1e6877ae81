import type { ClassificationJson } from '@sillage/contracts';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Card, Notice, ProgressBar, Skeleton, Table } from '../../ui/index.ts';
import { faultWord, substanceName } from './words.ts';
import '../../odour/odour.css';

const shownSubstances = 5;
const tones = { ready: 'good', uncalibrated: 'warn', unknown_pattern: 'bad', warming_up: 'neutral' } as const;

/** What the device smells, how sure that is, and on how much it rests. */
export function Classification({
  classification,
}: {
  readonly classification: ClassificationJson | undefined;
}) {
  const { t, note, percent, number, date } = useText();
  if (!classification) {
    return (
      <Card title={t('sensors.smells')}>
        <Skeleton height={9} />
      </Card>
    );
  }
  const { status, substance, probabilities, notes, findings } = classification;
  const { window_s: windowS, needed_s: neededS } = classification;
  return (
    <Card
      title={t('sensors.smells')}
      actions={<Badge tone={tones[status]}>{t(`sensors.class_${status}`)}</Badge>}
    >
      <div className="stack">
        <div aria-live="polite">
          {substance === null ? (
            <p className="soft">{t('sensors.warmingHelp')}</p>
          ) : (
            <p className="smell-now">
              <strong data-testid="substance">{substanceName(substance)}</strong>{' '}
              <span className="numeric soft">{percent(probabilities[0]?.probability ?? 0)}</span>
            </p>
          )}
        </div>
        {status === 'unknown_pattern' && (
          <Notice tone="warn">
            <p>{t('sensors.unknownHelp')}</p>
          </Notice>
        )}
        {status === 'uncalibrated' && <p className="small soft">{t('sensors.uncalibratedHelp')}</p>}
        {notes.length > 0 && (
          <ul className="row tight" aria-label={t('smell.notes')}>
            {notes.map((name) => (
              <li key={name} className="chip">
                {note(name)}
              </li>
            ))}
          </ul>
        )}
        {probabilities.length > 0 && (
          <ul className="bars" aria-label={t('sensors.candidates')}>
            {probabilities.slice(0, shownSubstances).map(({ substance: name, probability }) => (
              <li key={name}>
                <span className="break">{substanceName(name)}</span>
                <span className="rail" aria-hidden>
                  <span
                    className="fill"
                    style={{ width: `${probability * 100}%`, background: 'var(--accent)' }}
                  />
                </span>
                <span className="numeric soft">{percent(probability)}</span>
              </li>
            ))}
          </ul>
        )}
        <ProgressBar
          label={t('sensors.evidence', {
            seconds: number(Math.round(windowS)),
            needed: number(Math.round(neededS)),
          })}
          value={Math.min(windowS, neededS)}
          max={Math.max(1, neededS)}
        />
        {findings.length > 0 && (
          <ul className="row tight" aria-label={t('sensors.faults')}>
            {findings.map(({ channel, kind }) => (
              <li key={`${channel} ${kind}`}>
                <Badge tone="warn">
                  {channel} {faultWord(t, kind)}
                </Badge>
              </li>
            ))}
          </ul>
        )}
        <p className="small soft">
          {t('sensors.evidenceHelp', {
            model: `${classification.model.name} ${classification.model.version}`,
          })}
          {classification.window_end !== null &&
            ` · ${date(classification.window_end, { dateStyle: 'medium', timeStyle: 'medium' })}`}
        </p>
      </div>
    </Card>
  );
}

const driftTones = { steady: 'good', below_baseline: 'warn', uncalibrated: 'neutral' } as const;

/** How the window stands to the calibration, and what that is concluded from. */
export function Drift({ drift }: Pick<ClassificationJson, 'drift'>) {
  const { t, number } = useText();
  const value = (figure: number) => number(figure, { maximumSignificantDigits: 4 });
  return (
    <Card
      title={t('sensors.drift')}
      {...(drift
        ? { actions: <Badge tone={driftTones[drift.status]}>{t(`sensors.drift_${drift.status}`)}</Badge> }
        : {})}
    >
      <p className="small soft">
        {drift === null
          ? t('sensors.driftLater')
          : drift.status === 'below_baseline'
            ? t('sensors.driftBelowHelp')
            : drift.status === 'steady'
              ? t('sensors.driftSteadyHelp', { days: value((drift.calibration_age_s ?? 0) / 86_400) })
              : t('sensors.driftUncalibratedHelp')}
      </p>
      {drift !== null && drift.channels.length > 0 && (
        <Table
          label={t('sensors.drift')}
          columns={[
            { name: t('sensors.channel') },
            { name: t('sensors.cleanAir'), isNumeric: true },
            { name: t('sensors.median'), isNumeric: true },
            { name: t('sensors.correction'), isNumeric: true },
          ]}
        >
          {drift.channels.map(({ channel, baseline, level, correction }) => (
            <tr key={channel}>
              <td>{channel}</td>
              <td data-numeric>{value(baseline)}</td>
              <td data-numeric>{value(level)}</td>
              <td data-numeric>
                {number(correction, { maximumSignificantDigits: 4, signDisplay: 'always' })}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
