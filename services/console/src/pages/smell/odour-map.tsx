import { useQuery } from '@tanstack/react-query';
import { Maximize, Minus, Plus } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { type Family, familyColours, familyNames } from '../../odour/families.ts';
import { mapQuery, placesQuery } from '../../odour/queries.ts';
import { Button, Card, ProblemNotice, Skeleton } from '../../ui/index.ts';
import { cloudOf, drawMap, type MapPoint } from './draw-map.ts';
import { fit, PointGrid, pan, type Size, toMap, toScreen, type View, zoom } from './map-view.ts';

/** Pixels that a key moves the map by, and how near the pointer must be to a point. */
const keyStep = 60;
const reach = 10;
const arrows: Readonly<Record<string, { x: number; y: number }>> = {
  ArrowLeft: { x: keyStep, y: 0 },
  ArrowRight: { x: -keyStep, y: 0 },
  ArrowUp: { x: 0, y: keyStep },
  ArrowDown: { x: 0, y: -keyStep },
};

/** The known odorants by how they smell, and where the molecules of the page are among them. */
export function OdourMap({
  smiles,
  onChoose,
}: {
  readonly smiles: readonly string[];
  readonly onChoose: (smiles: string) => void;
}) {
  const { t } = useText();
  const map = useQuery(mapQuery);
  const places = useQuery(placesQuery(smiles));
  const [family, setFamily] = useState<Family>();
  return (
    <Card title={t('smell.map')}>
      <div className="stack">
        {map.error && <ProblemNotice error={map.error} onRetry={() => void map.refetch()} />}
        {map.data && (
          <Plot
            {...map.data}
            family={family}
            marked={(places.data ?? []).map(({ x, y, input }) => ({ x, y, label: input }))}
            onChoose={onChoose}
          />
        )}
        {map.isPending && <Skeleton height={30} />}
        <Legend chosen={family} onChoose={setFamily} />
      </div>
    </Card>
  );
}

function Legend({
  chosen,
  onChoose,
}: {
  readonly chosen: Family | undefined;
  readonly onChoose: (family: Family | undefined) => void;
}) {
  const { t } = useText();
  return (
    <ul className="row tight" aria-label={t('smell.families')}>
      {familyNames.map((family) => (
        <li key={family}>
          <button
            type="button"
            className="chip legend"
            aria-pressed={chosen === family}
            onClick={() => onChoose(chosen === family ? undefined : family)}
          >
            <span className="dot" style={{ background: familyColours[family] }} aria-hidden />
            {t(`family.${family}`)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Plot({
  points,
  extent,
  family,
  marked,
  onChoose,
}: {
  readonly points: readonly MapPoint[];
  readonly extent: Parameters<typeof fit>[0];
  readonly family: Family | undefined;
  readonly marked: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  readonly onChoose: (smiles: string) => void;
}) {
  const { t, note, number } = useText();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [chosenView, setView] = useState<View>();
  const [hovered, setHovered] = useState<MapPoint>();
  const pressed = useRef(new Map<number, { x: number; y: number }>());
  const moved = useRef(0);
  const cloud = useMemo(() => cloudOf(points), [points]);
  const whole = fit(extent, size);
  const view = chosenView ?? whole;
  const grid = useMemo(() => new PointGrid(points, (extent.max_x - extent.min_x) / 60), [points, extent]);

  useEffect(() => {
    const place = canvas.current;
    if (!place) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watch.observe(place);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const place = canvas.current;
    const context = place?.getContext('2d', { willReadFrequently: true });
    if (!place || !context || size.width === 0) return;
    // One drawing a frame, however many events it had.
    const frame = requestAnimationFrame(() => {
      const ratio = Math.min(2, devicePixelRatio);
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (place.width !== width || place.height !== height) [place.width, place.height] = [width, height];
      const { color, backgroundColor } = getComputedStyle(place);
      const seen = { view, size, ratio, zoomed: view.scale / whole.scale };
      drawMap(context, seen, { cloud, marked, hovered, family, ink: color, paper: backgroundColor });
    });
    return () => cancelAnimationFrame(frame);
  });

  // React listens to the wheel passively, and the page would scroll as well.
  const onWheel = useRef((_event: WheelEvent) => {});
  onWheel.current = (event) => {
    event.preventDefault();
    setView(zoom(view, extent, size, placeOf(event), 1.0015 ** -event.deltaY));
  };
  useEffect(() => {
    const place = canvas.current;
    const listen = (event: WheelEvent) => onWheel.current(event);
    place?.addEventListener('wheel', listen, { passive: false });
    return () => place?.removeEventListener('wheel', listen);
  }, []);

  const placeOf = (event: { clientX: number; clientY: number }) => {
    const box = canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const onPointerMove = (event: PointerEvent) => {
    const at = placeOf(event);
    const before = pressed.current.get(event.pointerId);
    if (!before) {
      setHovered(grid.nearest(toMap(view, size, at), reach / view.scale));
      return;
    }
    const other = [...pressed.current].find(([id]) => id !== event.pointerId)?.[1];
    pressed.current.set(event.pointerId, at);
    moved.current += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
    if (other) {
      // Two fingers: the distance between them zooms.
      const apart = (place: { x: number; y: number }) => Math.hypot(place.x - other.x, place.y - other.y);
      const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
      setView(zoom(view, extent, size, middle, apart(at) / Math.max(1, apart(before))));
    } else setView((last) => pan(last ?? whole, extent, { x: at.x - before.x, y: at.y - before.y }));
  };
  const onPointerUp = (event: PointerEvent) => {
    pressed.current.delete(event.pointerId);
    if (moved.current > 4) return;
    const point = grid.nearest(toMap(view, size, placeOf(event)), reach / view.scale);
    if (point) onChoose(point.smiles);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = arrows[event.key];
    if (by) setView(pan(view, extent, by));
    else if (event.key === '+' || event.key === '=') step(1.5);
    else if (event.key === '-') step(1 / 1.5);
    else if (event.key === '0') setView(undefined);
    else return;
    event.preventDefault();
  };
  const step = (times: number) =>
    setView(zoom(view, extent, size, { x: size.width / 2, y: size.height / 2 }, times));
  const tip = hovered && toScreen(view, size, hovered);

  return (
    <div className="map">
      <div
        className="map-field"
        role="application"
        aria-label={t('smell.mapLabel', { count: number(points.length) })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that move the map go to it
        tabIndex={0}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          pressed.current.set(event.pointerId, placeOf(event));
          moved.current = 0;
        }}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={(event) => pressed.current.delete(event.pointerId)}
        onPointerLeave={() => setHovered(undefined)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} aria-hidden />
      </div>
      {hovered && tip && (
        <div
          className="map-tip"
          data-side={tip.x > size.width / 2 ? 'left' : 'right'}
          style={{ left: tip.x, top: Math.min(tip.y, size.height - 60) }}
        >
          <strong>{hovered.name ?? hovered.smiles}</strong>
          <span>{hovered.notes.map(note).join(', ')}</span>
        </div>
      )}
      <div className="map-tools">
        <Button shape="icon" size="s" aria-label={t('smell.zoomIn')} onPress={() => step(1.5)}>
          <Plus aria-hidden size={16} />
        </Button>
        <Button shape="icon" size="s" aria-label={t('smell.zoomOut')} onPress={() => step(1 / 1.5)}>
          <Minus aria-hidden size={16} />
        </Button>
        <Button shape="icon" size="s" aria-label={t('smell.zoomAll')} onPress={() => setView(undefined)}>
          <Maximize aria-hidden size={16} />
        </Button>
      </div>
    </div>
  );
}
