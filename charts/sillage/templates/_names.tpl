{{- define "sillage.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Begins the name of every object; short enough for what is put behind it (-inference-POOL). */}}
{{- define "sillage.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "sillage.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sillage.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What all pods of the release have in common and nobody else has. Takes the root. */}}
{{- define "sillage.releaseSelector" -}}
app.kubernetes.io/name: {{ include "sillage.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Selector of one workload: {root, component, pool?}. */}}
{{- define "sillage.selector" -}}
{{ include "sillage.releaseSelector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with .pool }}
sillage.dev/pool: {{ . }}
{{- end }}
{{- end }}

{{/* Labels of a pod: {root, component, pool?, settings?}. Nothing that changes without the pod changing. */}}
{{- define "sillage.podLabels" -}}
{{ include "sillage.selector" . }}
app.kubernetes.io/version: {{ include "sillage.version" . | trunc 63 | quote }}
app.kubernetes.io/part-of: sillage
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels of an object: {root, component, pool?, settings?}. */}}
{{- define "sillage.labels" -}}
{{ include "sillage.podLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Version of what runs: the image's tag. */}}
{{- define "sillage.version" -}}
{{- $own := ((.settings | default dict).image | default dict) -}}
{{- $own.tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- end }}

{{/* Address of a gRPC service behind a headless Service: {root, name, port}. */}}
{{- define "sillage.target" -}}
dns:///{{ .name }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}:{{ .port }}
{{- end }}

{{/* A number of the values as it is written in YAML: whole numbers come as floats. */}}
{{- define "sillage.text" -}}
{{- if kindIs "float64" . -}}
{{- if eq (floor .) . -}}{{ printf "%.0f" . }}{{- else -}}{{ . }}{{- end -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end }}

{{/*
Two maps as one, as JSON: {base, over}. What `over` says holds, also where it says 0, false or empty text, of which
sprig's merge would keep the other; null takes a key away.
*/}}
{{- define "sillage.merged" -}}
{{- $result := deepCopy .base -}}
{{- range $key, $value := .over -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $result $key -}}
{{- else if kindIs "map" $value -}}
{{- $under := kindIs "map" (get $result $key) | ternary (get $result $key) dict -}}
{{- $_ := set $result $key (include "sillage.merged" (dict "base" $under "over" $value) | fromJson) -}}
{{- else -}}
{{- $_ := set $result $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $result -}}
{{- end }}

{{/* Settings of a service: its own over `defaults`. {root, component}, and pool of inference. As JSON. */}}
{{- define "sillage.settings" -}}
{{- $own := get .root.Values .component -}}
{{- $defaults := include "sillage.merged" (dict "base" dict "over" .root.Values.defaults) | fromJson -}}
{{- $merged := include "sillage.merged" (dict "base" $defaults "over" (omit $own "pools")) | fromJson -}}
{{- if .pool -}}
{{- $merged = include "sillage.merged" (dict "base" $merged "over" (get $own.pools .pool)) | fromJson -}}
{{- end -}}
{{- toJson $merged -}}
{{- end }}

{{/* Everything the templates need of one workload: {root, component, pool?} and name, settings, replicas known. */}}
{{- define "sillage.workloadName" -}}
{{- printf "%s-%s" (include "sillage.fullname" .root) .component -}}
{{- with .pool }}-{{ . }}{{- end -}}
{{- end }}

{{/* Image of a component: {root, name, image: {tag, digest}}. A digest holds against any tag. */}}
{{- define "sillage.image" -}}
{{- $all := .root.Values.image -}}
{{- with $all.registry }}{{ . }}/{{ end -}}
{{ $all.repository }}/{{ .name }}:{{ .image.tag | default $all.tag | default .root.Chart.AppVersion }}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Components that have a ServiceAccount, with its settings, as JSON. */}}
{{- define "sillage.identities" -}}
{{- $all := dict "migrations" dict -}}
{{- range list "gateway" "auth" "sensors" "worker" "inference" -}}
{{- $_ := set $all . (include "sillage.settings" (dict "root" $ "component" .) | fromJson).serviceAccount -}}
{{- end -}}
{{- if eq .Values.postgres.mode "bundled" }}{{ $_ := set $all "postgres" dict }}{{ end -}}
{{- if eq .Values.redis.mode "bundled" }}{{ $_ := set $all "redis" dict }}{{ end -}}
{{- if .Values.bootstrap.enabled }}{{ $_ := set $all "bootstrap" dict }}{{ end -}}
{{- if .Values.tests.enabled }}{{ $_ := set $all "test" dict }}{{ end -}}
{{- toJson $all -}}
{{- end }}
