{{/*
All objects of one service or pool but its policies: {root, component, pool?, ports, service?, env, config, volumes,
mounts, image}. `service` says what its Service is: headless, or the settings of the gateway's.
*/}}
{{- define "sillage.workload" -}}
{{- $settings := include "sillage.settings" . | fromJson -}}
{{- $c := merge (dict "settings" $settings "name" (include "sillage.workloadName" .)) . -}}
{{ include "sillage.configMap" $c }}
---
{{ include "sillage.deployment" $c }}
{{- if .ports }}
---
{{ include "sillage.service" $c }}
{{- end }}
{{- with include "sillage.disruptionBudget" $c }}
---
{{ . }}
{{- end }}
{{- with include "sillage.autoscaler" $c }}
---
{{ . }}
{{- end }}
{{- end }}

{{- define "sillage.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "sillage.labels" . | nindent 2 }}
{{- end }}

{{/* What is not secret of the environment, of one workload. As YAML map of texts. */}}
{{- define "sillage.configData" -}}
{{- $drain := include "sillage.drain" . | fromJson -}}
{{- $data := dict
  "NODE_ENV" "production"
  "HOME" "/tmp"
  "ENVIRONMENT" .root.Values.environment
  "HOST" .root.Values.host
  "METRICS_PORT" "9464"
  "SERVICE_VERSION" (include "sillage.version" .)
  "DRAIN_DELAY_MS" (mul $drain.delay 1000 | toString)
  "SHUTDOWN_TIMEOUT_MS" (mul $drain.shutdown 1000 | toString) -}}
{{- with .root.Values.tracing.endpoint }}{{ $_ := set $data "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- range $key, $value := .config }}{{ $_ := set $data $key (include "sillage.text" $value) }}{{ end -}}
{{- range $key, $value := .settings.config }}{{ $_ := set $data $key (include "sillage.text" $value) }}{{ end -}}
{{- range $key := keys $data | sortAlpha }}
{{ $key }}: {{ get $data $key | quote }}
{{- end -}}
{{- end }}

{{- define "sillage.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
data:
  {{- include "sillage.configData" . | trim | nindent 2 }}
{{- end }}

{{- define "sillage.isScaled" -}}
{{- $keda := .settings.keda | default dict -}}
{{- if or .settings.autoscaling.enabled $keda.enabled }}true{{ end -}}
{{- end }}

{{- define "sillage.deployment" -}}
{{- $v := .settings -}}
{{- $drain := include "sillage.drain" . | fromJson -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  {{- if not (include "sillage.isScaled" .) }}
  replicas: {{ $v.replicas | int }}
  {{- end }}
  revisionHistoryLimit: {{ $v.revisionHistoryLimit | int }}
  progressDeadlineSeconds: {{ $v.progressDeadlineSeconds | int }}
  selector:
    matchLabels:
      {{- include "sillage.selector" . | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      {{- if .noSurge }}
      # The old pod holds the GPU that the new one waits for.
      maxSurge: 0
      maxUnavailable: 1
      {{- else }}
      maxSurge: {{ include "sillage.text" $v.rollout.maxSurge }}
      maxUnavailable: {{ include "sillage.text" $v.rollout.maxUnavailable }}
      {{- end }}
  template:
    metadata:
      labels:
        {{- include "sillage.podLabels" . | nindent 8 }}
        {{- with $v.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        # A change of these makes new pods.
        checksum/config: {{ include "sillage.configData" . | sha256sum }}
        {{- with include "sillage.secretChecksum" .root }}
        checksum/secret: {{ . }}
        {{- end }}
        {{- if .root.Values.monitoring.annotations }}
        prometheus.io/scrape: "true"
        prometheus.io/port: "9464"
        prometheus.io/path: /metrics
        {{- end }}
        {{- with $v.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "sillage.podHead" (merge (dict "serviceAccount" (printf "%s-%s" (include "sillage.fullname" .root) .component) "user" .root.Values.user) .) | nindent 6 }}
      {{- with include "sillage.affinity" . }}
      affinity:
        {{- . | nindent 8 }}
      {{- end }}
      {{- with include "sillage.spread" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ $drain.grace }}
      containers:
        - name: {{ .component }}
          image: {{ include "sillage.image" (dict "root" .root "name" .image "image" $v.image) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          ports:
            {{- range .ports }}
            - name: {{ .name }}
              containerPort: {{ .port }}
              protocol: TCP
            {{- end }}
            - name: ops
              containerPort: 9464
              protocol: TCP
          envFrom:
            - configMapRef:
                name: {{ .name }}
          {{- $secrets := include "sillage.secretEnv" (dict "root" .root "keys" (append .secrets "sentry-dsn")) }}
          {{- if or $secrets $v.extraEnv }}
          env:
            {{- with $secrets }}
            {{- trim . | nindent 12 }}
            {{- end }}
            {{- with $v.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- end }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $drain.preStop }}
          {{- include "sillage.probes" . | trim | nindent 10 }}
          resources:
            {{- toYaml $v.resources | nindent 12 }}
          securityContext:
            {{- include "sillage.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- range .volumes }}
            - {{ toYaml .mount | nindent 14 | trim }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: {{ $v.tmpSize }}
        {{- range .volumes }}
        - {{ toYaml .volume | nindent 10 | trim }}
        {{- end }}
{{- end }}

{{/* Where pods go: what values say; pods that share a volume of one node keep together on it. */}}
{{- define "sillage.affinity" -}}
{{- $affinity := deepCopy (.settings.affinity | default dict) -}}
{{- if .together -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "sillage.releaseSelector" .root | fromYaml) "matchExpressions" (list (dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list "gateway" "worker")))) -}}
{{- $pod := get $affinity "podAffinity" | default dict -}}
{{- $terms := append (get $pod "requiredDuringSchedulingIgnoredDuringExecution" | default list) $term -}}
{{- $affinity = merge (dict "podAffinity" (merge (dict "requiredDuringSchedulingIgnoredDuringExecution" $terms) $pod)) $affinity -}}
{{- end -}}
{{- if $affinity }}{{ toYaml $affinity }}{{ end -}}
{{- end }}

{{- define "sillage.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
  {{- with (.service | default dict).annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if .service }}
  type: {{ .service.type }}
  {{- with .service.loadBalancerClass }}
  loadBalancerClass: {{ . }}
  {{- end }}
  {{- with .service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .service.externalTrafficPolicy }}
  externalTrafficPolicy: {{ . }}
  {{- end }}
  {{- else }}
  # gRPC clients balance over the addresses of the pods themselves.
  clusterIP: None
  publishNotReadyAddresses: false
  {{- end }}
  selector:
    {{- include "sillage.selector" . | nindent 4 }}
  ports:
    {{- range .ports }}
    - name: {{ .name }}
      port: {{ .servicePort | default .port }}
      targetPort: {{ .name }}
      protocol: TCP
      appProtocol: {{ eq .name "grpc" | ternary "kubernetes.io/h2c" "http" }}
      {{- with .nodePort }}
      nodePort: {{ . | int }}
      {{- end }}
    {{- end }}
{{- end }}

{{- define "sillage.disruptionBudget" -}}
{{- $budget := .settings.disruptionBudget -}}
{{- if $budget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ include "sillage.text" $budget.maxUnavailable }}
  # A pod that is not ready protects nobody, and must not hold up the drain of its node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "sillage.selector" . | nindent 6 }}
{{- end -}}
{{- end }}
