#!/usr/bin/env node
// What can be said of terraform/ without a provider: references resolve, providers and state are pinned, and each
// resource keeps to the policies of terraform-rules.ts; and that a few configurations which are wrong are refused.
import { Tally } from './tally.ts';
import { broken } from './terraform-rules.ts';
import { at, hasLock, isRoot, parseModules, readModules, unresolved } from './terraform-source.ts';

const tally = new Tally();
const modules = readModules();

for (const module of modules.values()) {
  tally.expect(`${module.path}: references`, unresolved(module, modules));

  const pinned = module.settings.some((settings) => at(settings, 'required_version') !== undefined);
  tally.expect(`${module.path}: required_version`, pinned ? [] : ['say which Terraform it is written for']);

  if (isRoot(module)) {
    const state = module.settings.map((settings) => at(settings, 'backend')).find(Boolean);
    const needed = state || module.path.endsWith('/bootstrap') ? [] : ['a root keeps its state in a backend'];
    tally.expect(`${module.path}: state`, needed);
    if (module.path.startsWith('terraform/aws/')) {
      tally.expect(`${module.path}: lock file`, hasLock(module) ? [] : ['commit .terraform.lock.hcl']);
    }
  }

  for (const block of [...module.resources, ...module.data]) {
    tally.expect(`${module.path}: ${block.type}.${block.name}`, broken(block, module));
  }
}

// The policies themselves: each of these must be refused, for the reason given.
const wrong: Readonly<Record<string, readonly [source: string, reason: string]>> = {
  'a public database': ['resource "aws_db_instance" "a" { publicly_accessible = true }', 'no public address'],
  'a disk in the clear': [
    'resource "aws_db_instance" "a" { storage_encrypted = false }',
    'the disk is encrypted',
  ],
  'a password in the state': ['resource "aws_db_instance" "a" { password = "x" }', 'password_wo'],
  'a bucket without companions': [
    'resource "aws_s3_bucket" "a" {}',
    'needs aws_s3_bucket_public_access_block',
  ],
  'Redis open to the world': [
    'resource "aws_vpc_security_group_ingress_rule" "a" {\n cidr_ipv4 = "0.0.0.0/0"\n from_port = 6379\n}',
    '443 alone',
  ],
  'a database of Google with a public address': [
    'resource "google_sql_database_instance" "a" {\n settings {\n ip_configuration {\n ipv4_enabled = true\n }\n }\n}',
    'no public address',
  ],
  'a bucket for all the world': [
    'resource "google_storage_bucket_iam_member" "a" { member = "allUsers" }',
    'allUsers is everybody',
  ],
  'blobs for all the world': [
    'resource "azurerm_storage_container" "a" { container_access_type = "blob" }',
    'nothing of it is public',
  ],
  'a role over everything': [
    'resource "azurerm_role_assignment" "a" { role_definition_name = "Owner" }',
    'Owner is too much',
  ],
  'all actions': [
    'data "aws_iam_policy_document" "a" {\n statement {\n actions = ["s3:*"]\n resources = ["b"]\n }\n}',
    's3:* has a wildcard',
  ],
  'changes of all resources': [
    'data "aws_iam_policy_document" "a" {\n statement {\n actions = ["s3:PutObject"]\n resources = ["*"]\n }\n}',
    's3:PutObject on all resources',
  ],
  'a variable that is not declared': ['locals { a = var.b }', 'var.b is named, but not declared'],
  'a resource that is not declared': ['locals { a = aws_vpc.b.id }', 'aws_vpc.b is named, but not declared'],
  'a module that is not there': [
    'module "a" { source = "../b" }\nlocals { a = module.a.b }',
    'module.a is named',
  ],
};
const parsed = parseModules(
  Object.fromEntries(Object.entries(wrong).map(([what, [source]]) => [what, source])),
);
for (const [what, module] of parsed) {
  const reason = wrong[what]?.[1] ?? '';
  const problems = [
    ...unresolved(module, modules),
    ...[...module.resources, ...module.data].flatMap((block) => broken(block, module)),
  ];
  const refused = problems.some((problem) => problem.includes(reason));
  tally.expect(`refuses ${what}`, refused ? [] : [`expected: ${reason}`, ...problems]);
}
tally.finish();
