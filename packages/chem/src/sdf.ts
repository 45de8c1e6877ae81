/**
 * One record of an SD file: a molblock and its data fields, ended by `$$$$`.
 *
 * The format (Dassault, "CTfile Formats") has no escape characters, so what would end a value early is
 * changed: line breaks become `\n`, empty lines inside a value are dropped, and a line that starts with `>`
 * or `$$$$` gets a space before it. Names lose line breaks and the angle brackets that delimit them.
 * A property with a number that is not finite is written as an empty value.
 */
export function sdfRecord(molblock: string, properties: Readonly<Record<string, string | number>>): string {
  const block = molblock.replace(/\r\n?/g, '\n').replace(/\n*$/, '\n');
  if (!/^M {2}END$/m.test(block)) throw new RangeError('the molblock has no "M  END" line');
  const fields = Object.entries(properties).map(([name, value]) => {
    const lines = valueLines(value);
    return `>  <${fieldName(name)}>\n${lines.map((line) => `${line}\n`).join('')}\n`;
  });
  return `${block}${fields.join('')}$$$$\n`;
}

function fieldName(name: string): string {
  const clean = name.replace(/[<>\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  if (clean === '') throw new RangeError('a property of an SD record needs a name');
  return clean;
}

function valueLines(value: string | number): string[] {
  const text = typeof value === 'number' && !Number.isFinite(value) ? '' : String(value);
  return text
    .split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)
    .filter((line) => line.trim() !== '')
    .map((line) => (/^(>|\$\$\$\$)/.test(line) ? ` ${line}` : line));
}
