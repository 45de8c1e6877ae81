#!/usr/bin/env node
// Prints the AuthorizationPolicies of a release, made from the chart's list of edges.
//   test/static/mesh.ts [--release NAME] [--namespace NAME] [--trust-domain NAME] [--ingress NAMESPACE/SERVICEACCOUNT]
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { readEdges } from './src/edges.ts';
import { authorizationPolicies } from './src/mesh.ts';

const { values } = parseArgs({
  options: {
    release: { type: 'string', default: 'sillage' },
    namespace: { type: 'string', default: 'sillage' },
    'trust-domain': { type: 'string', default: 'cluster.local' },
    ingress: { type: 'string', default: 'istio-ingress/istio-ingress' },
  },
});
const [namespace = '', serviceAccount = ''] = values.ingress.split('/');
const policies = authorizationPolicies(readEdges(), {
  release: values.release,
  namespace: values.namespace,
  trustDomain: values['trust-domain'],
  ingress: { namespace, serviceAccount },
});
console.log('# Made from charts/sillage/files/edges.yaml by k8s/render.');
console.log(
  policies
    .map((policy) => stringify(policy, { lineWidth: 0 }))
    .join('---\n')
    .trimEnd(),
);
