import { useText } from '../i18n/use-text.ts';

/** A drawing of the API, as an image: nothing in it can run. It is made for paper, so it stands on a light ground. */
export function Structure({
  svg,
  smiles,
  size = 'usual',
}: {
  /** undefined while it is on its way: its place is held. */
  readonly svg: string | undefined;
  readonly smiles: string;
  readonly size?: 'small' | 'usual' | 'large';
}) {
  const { t } = useText();
  return (
    <div className="structure" data-size={size}>
      {svg === undefined ? (
        <div className="skeleton" aria-hidden />
      ) : (
        <img
          alt={t('odour.structureOf', { smiles })}
          src={`data:image/svg+xml;utf8,${encodeURIComponent(svg)}`}
        />
      )}
    </div>
  );
}
