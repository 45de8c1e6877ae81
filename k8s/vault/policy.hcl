# What External Secrets may read for one fleet: its own secrets and nothing else; never write, never list.
path "secret/data/sillage/*" {
  capabilities = ["read"]
}
