import { type Edge, type Edges, writtenOut } from './edges.ts';

/** The parts of Istio's AuthorizationPolicy that are used. */
export interface AuthorizationPolicy {
  readonly apiVersion: 'security.istio.io/v1';
  readonly kind: 'AuthorizationPolicy';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly action?: 'ALLOW';
    readonly rules?: readonly Rule[];
  };
}

interface Rule {
  readonly from?: readonly { readonly source: { readonly principals: readonly string[] } }[];
  readonly to: readonly {
    readonly operation: {
      readonly ports: readonly string[];
      readonly methods?: readonly string[];
      readonly paths?: readonly string[];
      readonly notPaths?: readonly string[];
    };
  }[];
}

/** Whose names the policies are for. */
export interface MeshOptions {
  readonly release: string;
  readonly namespace: string;
  readonly trustDomain: string;
  /** Istio's ingress gateway: the way of `clients`. */
  readonly ingress: { readonly namespace: string; readonly serviceAccount: string };
}

/** Of the gateway's public port: for the cluster, not for clients. */
const inside = ['/metrics', '/health/*'];

/**
 * One policy that lets nothing pass, and one each for what the list of edges has coming in: who, by the identity of his
 * service account, may call which methods on which port. What waits behind no sidecar (a store elsewhere) has none.
 */
export function authorizationPolicies(edges: Edges, options: MeshOptions): AuthorizationPolicy[] {
  const all = writtenOut(edges);
  const nothing = policy(options, options.release, {
    selector: { matchLabels: { 'app.kubernetes.io/instance': options.release } },
  });
  const allowed = Object.entries(edges.parties).flatMap(([name, party]) => {
    if (party.kind === 'outside' || party.component === undefined) return [];
    const incoming = all.filter((edge) => edge.to === name);
    if (incoming.length === 0) return [];
    const matchLabels = {
      'app.kubernetes.io/instance': options.release,
      'app.kubernetes.io/component': party.component,
    };
    return [
      policy(options, `${options.release}-${party.component}`, {
        selector: { matchLabels },
        action: 'ALLOW',
        rules: incoming.map((edge) => ruleOf(edge, edges, options)),
      }),
    ];
  });
  return [nothing, ...allowed];
}

function policy(options: MeshOptions, name: string, spec: AuthorizationPolicy['spec']): AuthorizationPolicy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: {
      name,
      namespace: options.namespace,
      labels: { 'app.kubernetes.io/part-of': 'sillage', 'app.kubernetes.io/instance': options.release },
    },
    spec,
  };
}

function ruleOf(edge: Edge, edges: Edges, options: MeshOptions): Rule {
  const port = edges.parties[edge.to]?.ports[edge.port];
  if (port === undefined) throw new Error(`edge ${edge.from} to ${edge.to}: there is no port ${edge.port}`);
  const ports = [String(port)];
  const paths = Object.entries(edge.methods).flatMap(([service, methods]) =>
    methods.map((method) => `/${service}/${method}`),
  );
  const operation =
    edge.protocol === 'grpc'
      ? { ports, methods: ['POST'], paths }
      : edge.from === 'clients'
        ? { ports, notPaths: inside }
        : { ports };
  const who = principalOf(edge, edges, options);
  return { ...(who && { from: [{ source: { principals: [who] } }] }), to: [{ operation }] };
}

/** Absent: whoever has no place in the mesh; the network policies say from where he may come. */
function principalOf(edge: Edge, edges: Edges, options: MeshOptions): string | undefined {
  const { trustDomain, ingress } = options;
  if (edge.from === 'clients') return `${trustDomain}/ns/${ingress.namespace}/sa/${ingress.serviceAccount}`;
  const party = edges.parties[edge.from];
  if (party?.kind === 'outside') return undefined;
  if (party?.component === undefined) throw new Error(`edge from ${edge.from}: there is no such party`);
  return `${trustDomain}/ns/${options.namespace}/sa/${options.release}-${party.component}`;
}
