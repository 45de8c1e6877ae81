import { at, type Block, type Body, blocks, type Module } from './terraform-source.ts';

/** What a resource of a type must say; the message is what is wrong otherwise. */
interface Rule {
  readonly message: string;
  readonly holds: (body: Body) => boolean;
}

const is = (path: string, value: unknown, message: string): Rule => ({
  message: `${message} (${path} = ${JSON.stringify(value)})`,
  holds: (body) => at(body, path) === value,
});
const isSet = (path: string, message: string): Rule => ({
  message: `${message} (${path})`,
  holds: (body) => at(body, path) !== undefined,
});
const isNot = (path: string, value: unknown, message: string): Rule => ({
  message: `${message} (${path})`,
  holds: (body) => at(body, path) !== value,
});

const noWorld = (path: string): Rule => ({
  message: `a rule that lets the world in may open 443 alone (${path})`,
  holds: (body) =>
    !JSON.stringify(at(body, path) ?? '').includes('0.0.0.0/0') || at(body, 'from_port') === 443,
});

/** Policies by type of resource: encrypted, private, recoverable, protected. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  aws_db_instance: [
    is('storage_encrypted', true, 'the disk is encrypted'),
    isSet('kms_key_id', 'with our key'),
    is('publicly_accessible', false, 'no public address'),
    isSet('deletion_protection', 'protected from deletion'),
    is('skip_final_snapshot', false, 'a last snapshot is taken'),
    isSet('backup_retention_period', 'backed up'),
  ],
  aws_elasticache_replication_group: [
    is('at_rest_encryption_enabled', true, 'encrypted at rest'),
    is('transit_encryption_enabled', true, 'encrypted in transit'),
    isSet('kms_key_id', 'with our key'),
  ],
  aws_secretsmanager_secret: [isSet('kms_key_id', 'sealed with our key')],
  aws_cloudwatch_log_group: [
    isSet('kms_key_id', 'encrypted with our key'),
    isSet('retention_in_days', 'with an end'),
  ],
  aws_kms_key: [is('enable_key_rotation', true, 'the key rotates')],
  aws_eks_cluster: [
    isSet('encryption_config', 'Kubernetes secrets are sealed'),
    isSet('enabled_cluster_log_types', 'logs'),
  ],
  aws_launch_template: [
    is('metadata_options.http_tokens', 'required', 'credentials of a node need a token'),
    is('block_device_mappings.ebs.encrypted', true, 'disks are encrypted'),
  ],
  aws_ecs_service: [is('network_configuration.assign_public_ip', false, 'tasks have no public address')],
  aws_ecr_repository: [is('image_tag_mutability', 'IMMUTABLE', 'a tag means one image')],
  aws_lb: [
    isSet('enable_deletion_protection', 'protected'),
    is('drop_invalid_header_fields', true, 'strict'),
  ],
  aws_lb_listener: [is('protocol', 'HTTPS', 'encrypted'), isSet('ssl_policy', 'with a policy for TLS')],
  aws_vpc_security_group_ingress_rule: [noWorld('cidr_ipv4')],
  aws_s3_bucket_public_access_block: [
    'block_public_acls',
    'block_public_policy',
    'ignore_public_acls',
    'restrict_public_buckets',
  ].map((key) => is(key, true, 'nothing of a bucket is public')),
  aws_subnet: [isNot('map_public_ip_on_launch', true, 'no public addresses by themselves')],
  google_sql_database_instance: [
    is('settings.ip_configuration.ipv4_enabled', false, 'no public address'),
    is('settings.ip_configuration.ssl_mode', 'ENCRYPTED_ONLY', 'connections are encrypted'),
    is('settings.backup_configuration.enabled', true, 'backed up'),
    isSet('encryption_key_name', 'with our key'),
    isSet('deletion_protection', 'protected from deletion'),
  ],
  google_redis_instance: [
    is('auth_enabled', true, 'it asks for a token'),
    is('transit_encryption_mode', 'SERVER_AUTHENTICATION', 'encrypted in transit'),
    isSet('customer_managed_key', 'with our key'),
  ],
  google_storage_bucket: [
    is('public_access_prevention', 'enforced', 'nothing of a bucket is public'),
    is('uniform_bucket_level_access', true, 'rights are the bucket’s, not each object’s'),
    is('force_destroy', false, 'not deleted with what is in it'),
    isSet('encryption', 'with our key'),
  ],
  google_secret_manager_secret: [
    isSet('replication.user_managed.replicas.customer_managed_encryption', 'sealed with our key'),
  ],
  google_container_cluster: [
    is('private_cluster_config.enable_private_nodes', true, 'nodes have no public addresses'),
    isSet('workload_identity_config', 'pods have identities of their own'),
    isSet('database_encryption', 'Kubernetes secrets are sealed'),
  ],
  google_container_node_pool: [
    is(
      'node_config.workload_metadata_config.mode',
      'GKE_METADATA',
      'pods cannot take the identity of the node',
    ),
    isSet('node_config.boot_disk_kms_key', 'disks are encrypted with our key'),
  ],
  google_kms_crypto_key: [isSet('rotation_period', 'the key rotates')],
  google_cloud_run_v2_service: [
    isNot('ingress', 'INGRESS_TRAFFIC_ALL', 'reached through the load balancer alone'),
    isSet('template.encryption_key', 'encrypted with our key'),
  ],
  azurerm_postgresql_flexible_server: [
    is('public_network_access_enabled', false, 'no public address'),
    isSet('customer_managed_key', 'with our key'),
  ],
  azurerm_managed_redis: [
    is('public_network_access', 'Disabled', 'no public address'),
    is('default_database.client_protocol', 'Encrypted', 'encrypted in transit'),
    isSet('customer_managed_key', 'with our key'),
  ],
  azurerm_storage_account: [
    is('allow_nested_items_to_be_public', false, 'nothing of it is public'),
    is('https_traffic_only_enabled', true, 'encrypted in transit'),
    is('min_tls_version', 'TLS1_2', 'by TLS 1.2 or newer'),
  ],
  azurerm_storage_container: [is('container_access_type', 'private', 'nothing of it is public')],
  azurerm_key_vault: [
    is('purge_protection_enabled', true, 'nothing in it is lost for good'),
    is('network_acls.default_action', 'Deny', 'closed but for those named'),
  ],
  azurerm_kubernetes_cluster: [
    is('local_account_disabled', true, 'no way around Entra'),
    is('network_profile.network_policy', 'cilium', 'network policies hold'),
  ],
  azurerm_kubernetes_cluster_node_pool: [isSet('node_taints', 'what asks for no GPU does not land on it')],
  azurerm_subnet: [is('default_outbound_access_enabled', false, 'out through NAT alone')],
  azurerm_container_group: [is('ip_address_type', 'Private', 'no public address')],
  azurerm_container_registry: [
    is('admin_enabled', false, 'pulled by identity'),
    is('anonymous_pull_enabled', false, 'by nobody else'),
  ],
};

/** Resources that must each have a companion that names them. */
const companions: Readonly<Record<string, readonly string[]>> = {
  aws_s3_bucket: [
    'aws_s3_bucket_public_access_block',
    'aws_s3_bucket_server_side_encryption_configuration',
    'aws_s3_bucket_policy',
    'aws_s3_bucket_lifecycle_configuration',
  ],
};

/** Arguments that would put a secret into the state, with the places where there is no other way. */
const secretArguments = [
  'password',
  'master_password',
  'administrator_password',
  'auth_token',
  'secret_string',
  'secret_data',
];
const unavoidable: ReadonlyMap<string, string> = new Map([
  [
    'terraform/modules/aws-redis aws_elasticache_replication_group.this',
    'the provider has no write-only token',
  ],
  ['terraform/modules/aws-redis aws_secretsmanager_secret_version.url', 'holds that token'],
]);

function secretsInState(block: Block): string[] {
  if (unavoidable.has(`${block.module} ${block.type}.${block.name}`)) return [];
  return secretArguments
    .filter((name) => name in block.body)
    .map((name) => `${name} puts a secret into the state: use ${name}_wo`);
}

/**
 * Statements of IAM that allow too much: all actions, or changes of all resources. Looking around and a few calls know no
 * resources in IAM; in the policy of a key `*` is the key itself.
 */
const withoutResources = /^(\w+:(Describe|Get|List)\w*)$/;

function tooMuch(policy: Block): string[] {
  if (policy.module.endsWith('/aws-key')) return [];
  return blocks(policy.body, 'statement').flatMap((statement) => {
    if (statement.effect === 'Deny') return [];
    const actions = texts(statement.actions);
    const name = typeof statement.sid === 'string' ? statement.sid : actions[0];
    const problems = actions
      .filter((action) => /\*/.test(action))
      .map((action) => `${name}: ${action} has a wildcard`);
    if (texts(statement.resources).includes('*')) {
      const changing = actions.filter((action) => !withoutResources.test(action));
      if (changing.length > 0) problems.push(`${name}: ${changing.join(', ')} on all resources`);
    }
    return problems;
  });
}

/** Roles of Google and Azure that allow nearly everything, and members that are everybody. */
function broadRole({ body }: Block): string[] {
  const role = String(body.role_definition_name ?? body.role ?? '');
  const member = String(body.member ?? '');
  return [
    ...(/^(roles\/(owner|editor|admin)|Owner|Contributor|User Access Administrator|Key Vault Administrator)$/.test(
      role,
    )
      ? [`${role} is too much`]
      : []),
    ...(/^all(Authenticated)?Users$/.test(member) ? [`${member} is everybody`] : []),
  ];
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** What is wrong with a resource or a policy of a module. */
export function broken(block: Block, module: Module): string[] {
  if (block.type === 'aws_iam_policy_document') return tooMuch(block);
  if (module.data.includes(block)) return [];
  const name = `${block.type}.${block.name}`;
  const problems = (rules[block.type] ?? [])
    .filter((rule) => !rule.holds(block.body))
    .map((rule) => rule.message);
  const names = (other: Block) => JSON.stringify(other.body).includes(`${name}.`);
  const missing = (companions[block.type] ?? []).filter(
    (type) => !module.resources.some((other) => other.type === type && names(other)),
  );
  return [
    ...problems,
    ...missing.map((type) => `needs ${type}`),
    ...secretsInState(block),
    ...broadRole(block),
  ];
}
