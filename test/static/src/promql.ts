import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** One series selector of an expression. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** A list of labels in an expression, and the selectors of which at least one must have each of them. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly over: readonly Selector[];
}

export interface Query {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What an expression of PromQL asks for. Throws where it is none. */
export function readQuery(expr: string): Query {
  const tree = parser.parse(expr);
  const text = ({ from, to }: Span) => expr.slice(from, to);
  const selectors: (Selector & Span)[] = [];
  const groupings: { labels: string[]; within: Span }[] = [];
  const aggregates: Span[] = [];
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expr}`);
      const span = { from: node.from, to: node.to };
      switch (node.name) {
        case 'AggregateExpr':
          aggregates.push(span);
          break;
        case 'GroupingLabels': {
          const labels = node.node.getChildren('LabelName').map(text);
          const isOfAggregate = node.node.parent?.name === 'AggregateModifier';
          const within = isOfAggregate ? aggregates.at(-1) : undefined;
          groupings.push({ labels, within: within ?? { from: 0, to: expr.length } });
          break;
        }
        case 'VectorSelector': {
          const matchers = (
            node.node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
          ).map((matcher): Matcher => {
            const child = (name: string) => {
              const found = matcher.getChild(name);
              return found ? text(found) : '';
            };
            return {
              label: child('LabelName'),
              op: child('MatchOp') as Matcher['op'],
              value: unquoted(child('StringLiteral')),
            };
          });
          const identifier = node.node.getChild('Identifier');
          if (!identifier) throw new Error(`a selector without a name: ${text(span)}`);
          selectors.push({ ...span, name: text(identifier), matchers });
          break;
        }
      }
    },
  });
  return {
    selectors,
    groupings: groupings.map(({ labels, within }) => ({
      labels,
      over: selectors.filter(({ from, to }) => from >= within.from && to <= within.to),
    })),
  };
}

/** Whether a matcher lets a value through, as Prometheus decides it: anchored, and a label that is absent is empty. */
export function isMatch({ op, value }: Matcher, actual: string): boolean {
  switch (op) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`, 's').test(actual);
    case '!~':
      return !new RegExp(`^(?:${value})$`, 's').test(actual);
  }
}

function unquoted(literal: string): string {
  return literal.startsWith('`')
    ? literal.slice(1, -1)
    : String(JSON.parse(`"${literal.slice(1, -1).replaceAll(/(?<!\\)"/g, '\\"')}"`));
}
