import { CanvasEditor, Molecule } from 'openchemlib';
import { useEffect, useRef } from 'react';

/** openchemlib's editor; `onChange` hears the SMILES of what is drawn. Loaded apart, since it is large. */
export default function Sketcher({
  smiles,
  onChange,
}: {
  readonly smiles: string;
  readonly onChange: (smiles: string) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const first = useRef(smiles);
  const listener = useRef(onChange);
  listener.current = onChange;
  useEffect(() => {
    if (!place.current) return;
    const editor = new CanvasEditor(place.current);
    const drawn = read(first.current);
    if (drawn) editor.setMolecule(drawn);
    editor.setOnChangeListener(({ type, isUserEvent }) => {
      if (type === 'molecule' && isUserEvent) listener.current(editor.getMolecule().toIsomericSmiles());
    });
    return () => editor.destroy();
  }, []);
  return <div ref={place} className="sketcher" />;
}

/** What was typed, as far as the editor can read it: else one begins with an empty sheet. */
function read(smiles: string): Molecule | undefined {
  if (smiles === '') return undefined;
  try {
    return Molecule.fromSmiles(smiles);
  } catch {
    return undefined;
  }
}
