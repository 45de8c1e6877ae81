import type { ReactNode } from 'react';

export interface Column {
  readonly name: string;
  /** Figures stand at the end of their column. */
  readonly isNumeric?: boolean;
  /** The name is for those who hear the table. */
  readonly isUnseen?: boolean;
}

/** A table that scrolls by itself where it is wider than the page. `children` are its rows. */
export function Table({
  label,
  columns,
  children,
}: {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-wrap" aria-label={label} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map(({ name, isNumeric, isUnseen }) => (
              <th key={name} scope="col" data-numeric={isNumeric || undefined}>
                {isUnseen ? <span className="unseen">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
