{{/* Where results of jobs lie: variables, volume, and whether its pods must keep together. */}}
{{- define "sillage.resultsConfig" -}}
{{- if eq .Values.results.type "bucket" -}}
{{- $b := .Values.results.bucket -}}
{{- $config := dict "RESULTS_S3_BUCKET" $b.name "RESULTS_S3_REGION" $b.region -}}
{{- with $b.prefix }}{{ $_ := set $config "RESULTS_S3_PREFIX" . }}{{ end -}}
{{- with $b.endpoint }}{{ $_ := set $config "RESULTS_S3_ENDPOINT" . }}{{ end -}}
{{- toJson $config -}}
{{- else -}}
{{- dict "RESULTS_DIR" "/results" | toJson -}}
{{- end -}}
{{- end }}

{{- define "sillage.resultsVolumes" -}}
{{- if eq .Values.results.type "folder" -}}
{{- $claim := .Values.results.folder.existingClaim | default (printf "%s-results" (include "sillage.fullname" .)) -}}
{{- list (dict "volume" (dict "name" "results" "persistentVolumeClaim" (dict "claimName" $claim)) "mount" (dict "name" "results" "mountPath" "/results")) | toJson -}}
{{- else -}}
[]
{{- end -}}
{{- end }}

{{- define "sillage.resultsOnOneNode" -}}
{{- if and (eq .Values.results.type "folder") .Values.results.folder.oneNode }}true{{ end -}}
{{- end }}
