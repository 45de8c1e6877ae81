{{/* Of every pod, as the profile `restricted` wants it: {root, user}. */}}
{{- define "sillage.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user | int64 }}
runAsGroup: {{ .user | int64 }}
fsGroup: {{ .user | int64 }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sillage.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The head of a pod's spec that all share: {root, serviceAccount, settings, user}. */}}
{{- define "sillage.podHead" -}}
{{- $v := .settings -}}
serviceAccountName: {{ .serviceAccount }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $v.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- include "sillage.podSecurity" . | nindent 2 }}
# Names are written out: without this each is first looked up in four search domains.
dnsConfig:
  options:
    - name: ndots
      value: "2"
{{- with $v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The drain budget, all from drainSeconds, the time that work in flight gets: {settings}. As JSON.
  preStop   the pod serves on while endpoints and load balancers forget it
  delay     then it says that it is not ready, for who asks it, and still serves
  shutdown  deadline of everything the process does after SIGTERM, the delay included
  grace     what Kubernetes allows in all: preStop + shutdown + 5 s for the last spans, logs and the exit
*/}}
{{- define "sillage.drain" -}}
{{- $work := int .settings.drainSeconds -}}
{{- $preStop := max 1 (div (add $work 5) 6) | int -}}
{{- $delay := max 1 (div (add $work 9) 10) | int -}}
{{- $shutdown := add $work $delay | int -}}
{{- dict "preStop" $preStop "delay" $delay "shutdown" $shutdown "grace" (add $preStop $shutdown 5 | int) | toJson -}}
{{- end }}

{{/* Startup, readiness and liveness from the three health routes. {settings} */}}
{{- define "sillage.probes" -}}
{{- range $kind, $path := dict "startupProbe" "startup" "readinessProbe" "ready" "livenessProbe" "live" }}
{{- $probe := get $.settings.probes $path }}
{{ $kind }}:
  httpGet:
    path: /health/{{ $path }}
    port: ops
  initialDelaySeconds: {{ $probe.initialDelaySeconds | int }}
  periodSeconds: {{ $probe.periodSeconds | int }}
  timeoutSeconds: {{ $probe.timeoutSeconds | int }}
  failureThreshold: {{ $probe.failureThreshold | int }}
{{- end }}
{{- end }}

{{/* Spread over zones and nodes; pods of the old and the new version are not counted together. */}}
{{- define "sillage.spread" -}}
{{- $spread := .settings.topologySpread -}}
{{- if $spread.enabled }}
topologySpreadConstraints:
  {{- range $spread.topologyKeys }}
  - topologyKey: {{ . }}
    maxSkew: {{ $spread.maxSkew | int }}
    whenUnsatisfiable: {{ $spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "sillage.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}
