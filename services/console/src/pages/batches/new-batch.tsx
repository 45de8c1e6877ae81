import type { JobJson } from '@sillage/contracts';
import { FileText, Upload, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { DropZone, FileTrigger } from 'react-aria-components';
import { fieldError, needsSignIn } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import {
  Button,
  Card,
  Notice,
  NumberField,
  ProblemNotice,
  ProgressBar,
  Segments,
  Select,
  TextField,
} from '../../ui/index.ts';
import {
  type FileFault,
  type FilePreview,
  fileFault,
  isPacked,
  previewBytes,
  previewOf,
  typeOf,
} from './preview.ts';
import { PreviewTable } from './preview-table.tsx';
import { uploadJob } from './upload.ts';

interface Chosen {
  readonly file: File;
  readonly preview: FilePreview | undefined;
}

const usualTopK = 5;

/** A file, or lines of SMILES, made into a job. What was chosen stays until the job is there. */
export function NewBatch({ onMade }: { readonly onMade: (job: JobJson) => void }) {
  const { t, number } = useText();
  const [source, setSource] = useState<'file' | 'lines'>('file');
  const [chosen, setChosen] = useState<Chosen>();
  const [fault, setFault] = useState<{ readonly kind: FileFault; readonly name: string }>();
  const [lines, setLines] = useState('');
  const [column, setColumn] = useState('');
  const [topK, setTopK] = useState<number | undefined>(usualTopK);
  const [sent, setSent] = useState<number>();
  const [error, setError] = useState<unknown>();
  const sending = useRef<AbortController>(undefined);

  const choose = async (file: File | undefined) => {
    if (!file) return;
    setError(undefined);
    setFault(undefined);
    setChosen(undefined);
    const found = fileFault(file.name, file.size);
    if (found) {
      setFault({ kind: found, name: file.name });
      return;
    }
    const start = new Uint8Array(await file.slice(0, previewBytes).arrayBuffer());
    const preview = isPacked(file.name) ? undefined : previewOf(file.name, start);
    if (!preview && !isPacked(file.name)) {
      setFault({ kind: 'binary', name: file.name });
      return;
    }
    setChosen({ file, preview });
    const place = preview?.smilesColumn ?? 0;
    setColumn(place >= 0 ? '' : '1');
  };

  const send = async () => {
    const body = source === 'file' ? chosen?.file : new Blob([lines], { type: 'text/plain' });
    if (!body) return;
    const type =
      source === 'file' ? typeOf(chosen?.file.name ?? '', chosen?.preview) : 'chemical/x-daylight-smiles';
    setError(undefined);
    setSent(0);
    sending.current = new AbortController();
    try {
      const query = {
        top_k: String(topK ?? usualTopK),
        ...(source === 'file' && column !== '' ? { column } : {}),
      };
      const { signal } = sending.current;
      const job = await uploadJob(body, { type, query, onProgress: setSent, signal });
      setChosen(undefined);
      setLines('');
      onMade(job);
    } catch (thrown) {
      if (!sending.current.signal.aborted && !needsSignIn(thrown)) setError(thrown);
    } finally {
      setSent(undefined);
    }
  };

  const columns = chosen?.preview?.columns ?? [];
  const isBusy = sent !== undefined;
  const isReady = source === 'file' ? chosen !== undefined : lines.trim() !== '';
  return (
    <Card
      title={t('batches.new')}
      actions={
        <Segments
          label={t('batches.source')}
          value={source}
          onChange={setSource}
          choices={[
            { value: 'file', label: t('batches.file') },
            { value: 'lines', label: t('batches.lines') },
          ]}
        />
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {source === 'lines' ? (
          <TextField
            label={t('batches.smiles')}
            hint={t('batches.smilesHint')}
            lines={6}
            isMono
            value={lines}
            onChange={setLines}
            placeholder={'COc1cc(C=O)ccc1O vanillin\nCSSC'}
          />
        ) : chosen ? (
          <>
            <div className="file-name">
              <FileText aria-hidden size={22} strokeWidth={1.6} />
              <div className="grow">
                <strong className="break">{chosen.file.name}</strong>
                <div className="small soft">{fileFacts(chosen, t, number)}</div>
              </div>
              <Button
                variant="ghost"
                shape="icon"
                size="s"
                aria-label={t('batches.otherFile')}
                isDisabled={isBusy}
                onPress={() => setChosen(undefined)}
              >
                <X aria-hidden size={16} />
              </Button>
            </div>
            {columns.length > 0 && (
              <Select
                label={t('batches.column')}
                hint={(chosen.preview?.smilesColumn ?? 0) < 0 ? t('batches.columnHint') : undefined}
                error={fieldError(error, '/column')}
                value={column === '' ? String((chosen.preview?.smilesColumn ?? 0) + 1) : column}
                onChange={setColumn}
                choices={columns.map((name, index) => ({
                  value: String(index + 1),
                  label: name === '' ? t('batches.columnNumber', { number: index + 1 }) : name,
                }))}
              />
            )}
            {chosen.preview && (
              <PreviewTable
                preview={chosen.preview}
                chosen={column === '' ? chosen.preview.smilesColumn : Number(column) - 1}
              />
            )}
          </>
        ) : (
          <DropZone
            className="drop"
            aria-label={t('batches.drop')}
            onDrop={async ({ items }) => {
              const item = items.find((one) => one.kind === 'file');
              if (item?.kind === 'file') await choose(await item.getFile());
            }}
          >
            <Upload aria-hidden size={26} strokeWidth={1.6} />
            <strong>{t('batches.drop')}</strong>
            <span className="small soft">{t('batches.dropHint')}</span>
            <FileTrigger
              acceptedFileTypes={['.csv', '.tsv', '.txt', '.smi', '.smiles', '.ism', '.gz']}
              onSelect={(files) => void choose(files?.[0])}
            >
              <Button size="s">{t('batches.choose')}</Button>
            </FileTrigger>
          </DropZone>
        )}
        {fault && (
          <Notice tone="bad" title={t('batches.notThisFile', { name: fault.name })}>
            <p>{t(`batches.fault_${fault.kind}`)}</p>
          </Notice>
        )}
        {isReady && (
          <NumberField label={t('batches.topK')} value={topK} onChange={setTopK} min={1} max={138} step={1} />
        )}
        {error !== undefined && <ProblemNotice error={error} onRetry={() => void send()} />}
        {isBusy && <ProgressBar label={t(sent >= 1 ? 'batches.reading' : 'batches.sending')} value={sent} />}
        <div className="row tight">
          <Button type="submit" variant="primary" isDisabled={!isReady || isBusy}>
            {t('batches.start')}
          </Button>
          {isBusy && (
            <Button variant="ghost" onPress={() => sending.current?.abort()}>
              {t('common.cancel')}
            </Button>
          )}
        </div>
      </form>
    </Card>
  );
}

function fileFacts(
  { file, preview }: Chosen,
  t: ReturnType<typeof useText>['t'],
  number: ReturnType<typeof useText>['number'],
): string {
  const megabytes = file.size / 1e6;
  const size =
    megabytes >= 1
      ? number(megabytes, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 })
      : number(file.size / 1000, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 });
  if (!preview) return size;
  const names = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
  const name = Object.entries(names).find(([sign]) => sign === preview.delimiter)?.[1];
  const mark = preview.hasMark ? ' · BOM' : '';
  return `${size} · ${preview.encoding}${mark}${name ? ` · ${t(`batches.delimiter_${name}`)}` : ''}`;
}
