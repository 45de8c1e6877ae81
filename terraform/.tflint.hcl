# The ruleset that is part of tflint, with everything it knows.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# main.tf, variables.tf and outputs.tf where there is something to put into them; not an empty file for each.
rule "terraform_standard_module_structure" {
  enabled = false
}
