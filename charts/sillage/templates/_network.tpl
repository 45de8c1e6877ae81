{{/* Whether an edge's condition holds: {root, when}. */}}
{{- define "sillage.holds" -}}
{{- $v := .root.Values -}}
{{- $conditions := dict
  "always" true
  "grpcDoor" $v.gateway.grpc.enabled
  "redis" (ne $v.redis.mode "none")
  "bucket" (eq $v.results.type "bucket")
  "webhooks" $v.webhooks.enabled
  "tracing" (not (empty $v.tracing.endpoint))
  "errorReports" $v.errorReports.enabled
  "mqtt" $v.sensors.mqtt.enabled
  "scraping" $v.monitoring.scraping
  "queueScaling" $v.worker.keda.enabled
  "migrations" $v.migrations.enabled
  "bootstrap" $v.bootstrap.enabled
  "helmTest" $v.tests.enabled -}}
{{- if get $conditions (.when | default "always") }}true{{ end -}}
{{- end }}

{{/* The edges that hold, with `services` written out, as JSON. Takes the root. */}}
{{- define "sillage.edges" -}}
{{- $file := .Files.Get "files/edges.yaml" | fromYaml -}}
{{- $services := list -}}
{{- range $name, $party := $file.parties }}{{ if eq $party.kind "service" }}{{ $services = append $services $name }}{{ end }}{{ end -}}
{{- $edges := list -}}
{{- range $edge := $file.edges -}}
{{- if include "sillage.holds" (dict "root" $ "when" $edge.when) -}}
{{- range $from := eq $edge.from "services" | ternary $services (list $edge.from) -}}
{{- range $to := eq $edge.to "services" | ternary $services (list $edge.to) -}}
{{- $edges = append $edges (dict "from" $from "to" $to "port" $edge.port "protocol" $edge.protocol) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "parties" $file.parties "edges" $edges | toJson -}}
{{- end }}

{{/* Whether a party is a pod of this release: {root, name, party}. */}}
{{- define "sillage.isOurs" -}}
{{- if eq .party.kind "store" -}}
{{- if eq (get .root.Values .name).mode "bundled" }}true{{ end -}}
{{- else if .party.component -}}true
{{- end -}}
{{- end }}

{{/* Peers of one party as a rule has them; nothing where it may be anywhere. {root, name, party} */}}
{{- define "sillage.peers" -}}
{{- if include "sillage.isOurs" . -}}
- podSelector:
    matchLabels:
      {{- include "sillage.selector" (dict "root" .root "component" .party.component) | nindent 6 }}
{{- else -}}
{{- with get .root.Values.networkPolicy.peers .name }}{{ toYaml . }}{{ end -}}
{{- end -}}
{{- end }}

{{/* Port of an edge as a rule has it: {root, edge, party} of the one that is called. */}}
{{- define "sillage.rulePorts" -}}
{{- $port := get .party.ports .edge.port -}}
{{- if not (include "sillage.isOurs" (dict "root" .root "name" .edge.to "party" .party)) -}}
{{- $port = get .root.Values.networkPolicy.ports .edge.to | default $port -}}
{{- end -}}
{{- range $protocol := eq .edge.protocol "dns" | ternary (list "UDP" "TCP") (list "TCP") }}
- port: {{ int $port }}
  protocol: {{ $protocol }}
{{- end }}
{{- end }}
