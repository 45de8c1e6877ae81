import type { CalibratedJson, DeviceDetailsJson } from '@sillage/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, Card, Notice, NumberField, ProblemNotice, Switch, TextField } from '../../ui/index.ts';
import {
  type CalibrationDraft,
  emptyDraft,
  isFilled,
  requestOf,
  type Step,
  steps,
} from './calibration-draft.ts';
import { Corrections } from './corrections.tsx';
import { calibrate } from './data.ts';
import { SpanPicker } from './span-picker.tsx';

/**
 * A calibration step by step. The API is asked after each what would come of it, so that what is wrong is told where it
 * can be mended; nothing is kept before the last step is accepted.
 */
export function CalibrationWizard({
  device,
  onLeave,
  onDone,
}: {
  readonly device: DeviceDetailsJson;
  readonly onLeave: () => void;
  readonly onDone: () => void;
}) {
  const { t, number } = useText();
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>('baseline');
  const [draft, setDraft] = useState<CalibrationDraft>(emptyDraft);
  const [tried, setTried] = useState<CalibratedJson>();
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  const at = steps.indexOf(step);

  // Who hears the page is told where the wizard went.
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else if (step) heading.current?.focus();
  }, [step]);

  const change = (more: Partial<CalibrationDraft>) => setDraft((before) => ({ ...before, ...more }));
  const going = useMutation({
    mutationFn: async () => {
      const request = requestOf(draft, step, step !== 'check');
      if (!request) throw new Error('there is no baseline');
      return calibrate(device.id, request);
    },
    onSuccess: (answer) => {
      if (!answer.dry_run) {
        void queries.invalidateQueries({ queryKey: ['sensors'] });
        onDone();
        return;
      }
      setTried(answer);
      setStep(steps[at + 1] ?? 'check');
    },
  });
  const go = (to: Step) => {
    going.reset();
    setStep(to);
  };
  const performedByError = fieldError(going.error, '/certificate/performed_by');
  const validDaysError = fieldError(going.error, '/valid_days');
  const isFieldShown = step === 'certificate' && (performedByError ?? validDaysError) !== undefined;

  return (
    <Card
      title={t('sensors.calibrate')}
      actions={
        <Button variant="ghost" size="s" onPress={onLeave}>
          {t('common.cancel')}
        </Button>
      }
    >
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (isFilled(draft, step)) going.mutate();
        }}
      >
        <ol className="wizard-steps" aria-label={t('sensors.steps')}>
          {steps.map((name, index) => (
            <li
              key={name}
              aria-current={name === step ? 'step' : undefined}
              data-done={index < at || undefined}
            >
              <span className="step-number" aria-hidden>
                {index + 1}
              </span>
              {t(`sensors.step_${name}`)}
            </li>
          ))}
        </ol>
        <h3 ref={heading} tabIndex={-1}>
          {t(`sensors.step_${step}`)}
        </h3>
        <p className="soft">{t(`sensors.help_${step}`)}</p>
        {step === 'baseline' && (
          <SpanPicker device={device} value={draft.baseline} onChange={(baseline) => change({ baseline })} />
        )}
        {step === 'span' && (
          <>
            <Switch isOn={draft.hasSpan} onChange={(hasSpan) => change({ hasSpan })}>
              {t('sensors.withSpan')}
            </Switch>
            {draft.hasSpan && (
              <>
                <SpanPicker device={device} value={draft.span} onChange={(span) => change({ span })} />
                <fieldset className="levels">
                  <legend className="small">{t('sensors.levels')}</legend>
                  {tried?.calibration.channels.map(({ channel: name, reference }) => (
                    <NumberField
                      key={name}
                      label={name}
                      hint={
                        reference === null
                          ? undefined
                          : `${t('sensors.cleanAir')}: ${number(reference, { maximumFractionDigits: 1 })}`
                      }
                      value={draft.levels[name]}
                      onChange={(level) => change({ levels: { ...draft.levels, [name]: level } })}
                      error={fieldError(going.error, `/span/levels/${name}`)}
                    />
                  ))}
                </fieldset>
              </>
            )}
          </>
        )}
        {step === 'air' && (
          <>
            <Switch isOn={draft.hasAir} onChange={(hasAir) => change({ hasAir })}>
              {t('sensors.withAir')}
            </Switch>
            {draft.hasAir && (
              <SpanPicker
                device={device}
                value={draft.air}
                onChange={(air) => change({ air })}
                minutes={10}
                recording="sensors.recordingAir"
              />
            )}
          </>
        )}
        {step === 'certificate' && (
          <div className="wizard-fields">
            <TextField
              label={t('sensors.performedBy')}
              value={draft.performedBy}
              onChange={(performedBy) => change({ performedBy })}
              error={performedByError}
              maxLength={200}
              isRequired
            />
            <TextField
              label={t('sensors.referenceGas')}
              hint={t('sensors.referenceGasHint')}
              value={draft.referenceGas}
              onChange={(referenceGas) => change({ referenceGas })}
              maxLength={200}
            />
            <NumberField
              label={t('sensors.validDays')}
              hint={t('sensors.validDaysHint')}
              value={draft.validDays}
              onChange={(validDays) => change({ validDays })}
              error={validDaysError}
              min={1}
              max={3650}
              step={1}
            />
            <TextField
              label={t('sensors.note')}
              value={draft.note}
              onChange={(note) => change({ note })}
              maxLength={1000}
              lines={3}
            />
          </div>
        )}
        {step !== 'baseline' && tried && <Trial tried={tried} isOpen={step === 'check'} />}
        {going.error && !isFieldShown && <ProblemNotice error={going.error} onRetry={() => going.mutate()} />}
        <div className="row tight">
          <Button type="submit" variant="primary" isDisabled={!isFilled(draft, step) || going.isPending}>
            {t(step === 'check' ? 'sensors.accept' : 'sensors.next')}
          </Button>
          {at > 0 && (
            <Button isDisabled={going.isPending} onPress={() => go(steps[at - 1] ?? 'baseline')}>
              {t('sensors.previous')}
            </Button>
          )}
        </div>
      </form>
    </Card>
  );
}

/** What would come of the calibration as far as it is. */
function Trial({ tried, isOpen }: { readonly tried: CalibratedJson; readonly isOpen: boolean }) {
  const { t, number } = useText();
  return (
    <>
      <Notice tone="good" title={t('sensors.trialGood', { count: number(tried.readings_used) })}>
        {tried.findings.length > 0 && (
          <ul>
            {tried.findings.map(({ channel, kind, detail }) => (
              <li key={`${channel} ${kind}`}>
                {channel} {detail}
              </li>
            ))}
          </ul>
        )}
      </Notice>
      {isOpen && <Corrections calibration={tried.calibration} />}
    </>
  );
}
