import type { DeviceDetailsJson } from '@sillage/contracts';
import { type Synthesis, synthesise } from '@sillage/recordings';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileText, Play, Square, Upload } from 'lucide-react';
import { useState } from 'react';
import { DropZone, FileTrigger } from 'react-aria-components';
import { useText } from '../../i18n/use-text.ts';
import { Button, Card, Notice, ProblemNotice, ProgressBar, Segments, Select } from '../../ui/index.ts';
import { Classification } from './classification.tsx';
import { createDevice } from './data.ts';
import { LiveChannels } from './live-view.tsx';
import {
  maxBytes,
  type Recording,
  RecordingError,
  readRecording,
  recordingOf,
  startOf,
} from './recording.ts';
import type { Live } from './use-live.ts';
import type { useReplay } from './use-replay.ts';
import { useSensorAddress } from './use-sensor-address.ts';
import { substanceName } from './words.ts';

const speeds = ['1', '5', '20', '60'] as const;
/** Seconds of the synthetic recording: two windows of the model. */
const syntheticSeconds = 200;
const usualSubstance = 'almond';

/** Sends a recording to the device as if it measured it now, with what that smells of. */
export default function ReplayView({
  device,
  live,
  replaying: { replay, start, stop },
}: {
  readonly device: DeviceDetailsJson;
  readonly live: Live;
  readonly replaying: ReturnType<typeof useReplay>;
}) {
  const { t, number } = useText();
  const [source, setSource] = useState<'synthetic' | 'file'>('synthetic');
  const [substance, setSubstance] = useState(usualSubstance);
  const [speed, setSpeed] = useState<(typeof speeds)[number]>('20');
  const [file, setFile] = useState<Recording>();
  const [fault, setFault] = useState<{ readonly error: unknown; readonly name: string }>();
  const { data: model, error: modelError } = useQuery({
    queryKey: ['sensors', 'synthesis'],
    queryFn: async () => {
      const { default: json } = await import('../../../../../models/enose-smellnet/2/synthesis.json');
      return json as Synthesis;
    },
    staleTime: Number.POSITIVE_INFINITY,
    enabled: source === 'synthetic',
  });

  const queries = useQueryClient();
  const { open } = useSensorAddress();
  const renewing = useMutation({
    mutationFn: () => createDevice(t('sensors.tryName')),
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ['sensors', 'list'] });
      open({ device: id, tab: 'replay' });
    },
  });

  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    setFault(undefined);
    setFile(undefined);
    try {
      if (chosen.size > maxBytes) throw new RecordingError('tooLarge');
      setFile(readRecording(chosen.name, await chosen.text(), device.channels));
    } catch (error) {
      setFault({ error, name: chosen.name });
    }
  };
  const make = (): Recording | undefined => {
    if (source === 'file') return file;
    if (!model) return undefined;
    const seed = Math.floor(Math.random() * 2 ** 31);
    const trace = synthesise(model, { substance, from: 0, seconds: syntheticSeconds, seed });
    return recordingOf({ ...trace, title: substanceName(substance) });
  };

  const isRunning = replay.phase === 'running';
  const lengthMs = source === 'file' ? (file?.offsetsMs.at(-1) ?? 0) : (syntheticSeconds - 1) * 1000;
  const newest = device.last_reading_at === null ? 0 : Date.parse(device.last_reading_at);
  const isOverlapping = !isRunning && startOf({ offsetsMs: [lengthMs] }, Number(speed), Date.now()) <= newest;
  const isReady = source === 'file' ? file !== undefined : model !== undefined;
  return (
    <div className="sensor-split">
      <div className="stack">
        <Card
          title={t('sensors.tab_replay')}
          actions={
            <Segments
              label={t('sensors.recordingFrom')}
              value={source}
              onChange={setSource}
              choices={[
                { value: 'synthetic', label: t('sensors.synthetic') },
                { value: 'file', label: t('sensors.file') },
              ]}
            />
          }
        >
          <div className="stack">
            <p className="soft">{t(source === 'synthetic' ? 'sensors.syntheticHelp' : 'sensors.fileHelp')}</p>
            {source === 'synthetic' && (
              <Select
                label={t('sensors.substance')}
                value={substance}
                onChange={setSubstance}
                choices={Object.keys(model?.substances ?? { [substance]: undefined }).map((name) => ({
                  value: name,
                  label: substanceName(name),
                }))}
              />
            )}
            {source === 'synthetic' && modelError && <ProblemNotice error={modelError} />}
            {source === 'file' && (
              <DropZone
                className="recording-drop"
                aria-label={t('sensors.drop')}
                onDrop={async ({ items }) => {
                  const item = items.find((one) => one.kind === 'file');
                  if (item?.kind === 'file') await choose(await item.getFile());
                }}
              >
                {file ? (
                  <FileText aria-hidden size={24} strokeWidth={1.6} />
                ) : (
                  <Upload aria-hidden size={24} strokeWidth={1.6} />
                )}
                <strong className="break">{file?.title ?? t('sensors.drop')}</strong>
                {file && (
                  <span className="small soft">
                    {t('sensors.recordingFacts', {
                      rows: number(file.rows.length),
                      channels: file.channels.join(', '),
                    })}
                  </span>
                )}
                <FileTrigger
                  acceptedFileTypes={['.csv', '.tsv', '.txt', '.ndjson', '.jsonl', '.json']}
                  onSelect={(files) => void choose(files?.[0])}
                >
                  <Button size="s" isDisabled={isRunning}>
                    {t(file ? 'batches.otherFile' : 'batches.choose')}
                  </Button>
                </FileTrigger>
              </DropZone>
            )}
            {file && source === 'file' && file.ignored.length > 0 && (
              <p className="small soft">{t('sensors.ignored', { columns: file.ignored.join(', ') })}</p>
            )}
            {fault && source === 'file' && (
              <Notice tone="bad" title={t('batches.notThisFile', { name: fault.name })}>
                <p>
                  {fault.error instanceof RecordingError
                    ? t(`sensors.recording_${fault.error.fault}`, {
                        line: number(fault.error.line),
                        channels: device.channels.join(', '),
                      })
                    : t('sensors.recording_notText')}
                </p>
              </Notice>
            )}
            <div className="stack tight">
              <span className="small">{t('sensors.speed')}</span>
              <div>
                <Segments
                  label={t('sensors.speed')}
                  value={speed}
                  onChange={setSpeed}
                  choices={speeds.map((value) => ({ value, label: `${number(Number(value))} ×` }))}
                />
              </div>
            </div>
            {isOverlapping && isReady && (
              <Notice tone="warn">
                <p>{t('sensors.overlap')}</p>
                <p>
                  <Button size="s" isDisabled={renewing.isPending} onPress={() => renewing.mutate()}>
                    {t('sensors.onNewDevice')}
                  </Button>
                </p>
              </Notice>
            )}
            {renewing.error && <ProblemNotice error={renewing.error} />}
            <div className="row tight">
              <Button
                variant="primary"
                isDisabled={!isReady || isRunning || isOverlapping}
                onPress={() => {
                  const recording = make();
                  if (recording) void start(recording, Number(speed));
                }}
              >
                <Play aria-hidden size={16} />
                {t('sensors.play')}
              </Button>
              {isRunning && (
                <Button onPress={stop}>
                  <Square aria-hidden size={16} />
                  {t('sensors.stop')}
                </Button>
              )}
            </div>
            {replay.phase !== 'idle' && (
              <>
                <ProgressBar
                  label={t('sensors.sent', { name: replay.title })}
                  value={replay.sent}
                  max={Math.max(1, replay.total)}
                />
                <p className="small soft" role="status">
                  {t(`sensors.replay_${replay.phase}`, {
                    stored: number(replay.stored),
                    total: number(replay.total),
                  })}
                </p>
              </>
            )}
            {replay.isLost && (
              <Notice tone="warn" title={t('sensors.lost')}>
                <p>{t('sensors.replayLostHelp')}</p>
              </Notice>
            )}
            {replay.refused > 0 && (
              <Notice tone="warn">
                <p>{t('sensors.refused', { count: number(replay.refused) })}</p>
              </Notice>
            )}
            {replay.error !== undefined && <ProblemNotice error={replay.error} />}
          </div>
        </Card>
        <Classification classification={live.classification} />
      </div>
      <LiveChannels device={device} live={live} />
    </div>
  );
}
