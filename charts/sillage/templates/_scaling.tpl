{{/* The autoscaler of a workload: an HPA, or KEDA's ScaledObject, or none. */}}
{{- define "sillage.autoscaler" -}}
{{- $keda := .settings.keda | default dict -}}
{{- if .settings.autoscaling.enabled -}}
{{ include "sillage.hpa" . }}
{{- else if $keda.enabled -}}
{{ include "sillage.scaledObject" . }}
{{- end -}}
{{- end }}

{{- define "sillage.hpa" -}}
{{- $scale := .settings.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  minReplicas: {{ $scale.minReplicas | int }}
  maxReplicas: {{ $scale.maxReplicas | int }}
  metrics:
    {{- if $scale.cpuPercent }}
    - type: ContainerResource
      containerResource:
        container: {{ .component }}
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $scale.cpuPercent | int }}
    {{- end }}
    {{- if $scale.memoryPercent }}
    - type: ContainerResource
      containerResource:
        container: {{ .component }}
        name: memory
        target:
          type: Utilization
          averageUtilization: {{ $scale.memoryPercent | int }}
    {{- end }}
    {{- with $scale.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  behavior:
    {{- include "sillage.behaviour" $scale.behavior | trim | nindent 4 }}
{{- end }}

{{/* How fast an autoscaler moves, as the API writes it. */}}
{{- define "sillage.behaviour" -}}
{{- range $direction := list "scaleUp" "scaleDown" }}
{{- $rule := get $ $direction }}
{{ $direction }}:
  stabilizationWindowSeconds: {{ $rule.stabilizationWindowSeconds | int }}
  selectPolicy: {{ $rule.selectPolicy }}
  policies:
    {{- range $rule.policies }}
    - type: {{ .type }}
      value: {{ .value | int }}
      periodSeconds: {{ .periodSeconds | int }}
    {{- end }}
{{- end }}
{{- end }}

{{- define "sillage.scaledObject" -}}
{{- $keda := .settings.keda -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ .name }}
  minReplicaCount: {{ $keda.minReplicas | int }}
  maxReplicaCount: {{ $keda.maxReplicas | int }}
  pollingInterval: {{ $keda.pollingSeconds | int }}
  cooldownPeriod: {{ $keda.cooldownSeconds | int }}
  {{- if $keda.fallbackReplicas }}
  # The signal is away: stay as large as this, rather than shrink for want of a number.
  fallback:
    failureThreshold: 3
    replicas: {{ $keda.fallbackReplicas | int }}
    behavior: currentReplicasIfHigher
  {{- end }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "sillage.behaviour" .settings.autoscaling.behavior | trim | nindent 8 }}
  triggers:
    {{- if eq .component "worker" }}
    {{- include "sillage.backlogTrigger" . | nindent 4 }}
    {{- else }}
    {{- include "sillage.inFlightTrigger" . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* files/worker-backlog.sql as one line, without its comments: {root, settings}. */}}
{{- define "sillage.backlogQuery" -}}
{{- $lines := list -}}
{{- range .root.Files.Lines "files/worker-backlog.sql" -}}
{{- if not (hasPrefix "--" .) }}{{ $lines = append $lines (trim .) }}{{ end -}}
{{- end -}}
{{- $days := get .settings.config "RESULT_RETENTION_DAYS" | default 30 -}}
{{- join " " $lines | trim | replace "RETENTION_DAYS" (include "sillage.text" $days) -}}
{{- end }}

{{- define "sillage.backlogTrigger" -}}
- type: postgresql
  metadata:
    query: {{ include "sillage.backlogQuery" . | quote }}
    targetQueryValue: {{ .settings.keda.chunksPerReplica | int | quote }}
    activationTargetQueryValue: "0"
  authenticationRef:
    name: {{ .name }}
{{- end }}

{{/*
Requests that the pods of a pool have in hand, waiting ones included, over a minute. One series, so that KEDA never gets
several; no series is an error, not a zero.
*/}}
{{- define "sillage.inFlightTrigger" -}}
{{- $selector := printf "service=\"inference\",namespace=%q,pod=~\"%s-.*\"" .root.Release.Namespace .name -}}
- type: prometheus
  metadata:
    serverAddress: {{ .settings.keda.prometheusAddress }}
    query: {{ printf "sum(avg_over_time(olfactory_requests_in_flight{%s}[1m]))" $selector | quote }}
    threshold: {{ .settings.keda.inFlightPerReplica | int | quote }}
    ignoreNullValues: "false"
{{- end }}
