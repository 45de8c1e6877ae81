{{/* Name of the Secret that pods read. */}}
{{- define "sillage.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "sillage.fullname" .) -}}
{{- end }}

{{/* Whether this chart writes the Secret itself, rather than an operator or somebody before. */}}
{{- define "sillage.ownsSecret" -}}
{{- if not (or .Values.secrets.existingSecret .Values.secrets.externalSecret.enabled) }}true{{ end -}}
{{- end }}

{{/* Environment variable and key of every secret that a service may be given. */}}
{{- define "sillage.secretVariables" -}}
database-url: DATABASE_URL
redis-url: REDIS_URL
encryption-key: ENCRYPTION_KEY
encryption-key-previous: ENCRYPTION_KEY_PREVIOUS
s3-access-key-id: AWS_ACCESS_KEY_ID
s3-secret-access-key: AWS_SECRET_ACCESS_KEY
admin-key: ADMIN_KEY
sentry-dsn: SENTRY_DSN
mqtt-url: MQTT_URL
{{- end }}

{{/* Keys of the Secret that these values ask for, as YAML list. */}}
{{- define "sillage.secretKeys" -}}
- encryption-key
- database-url
{{- if ne .Values.redis.mode "none" }}
- redis-url
{{- end }}
{{- if eq .Values.postgres.mode "bundled" }}
- postgres-password
{{- end }}
{{- if eq .Values.redis.mode "bundled" }}
- redis-password
{{- end }}
{{- if .Values.secrets.previousEncryptionKey }}
- encryption-key-previous
{{- end }}
{{- if and (eq .Values.results.type "bucket") .Values.results.bucket.keysInSecret }}
- s3-access-key-id
- s3-secret-access-key
{{- end }}
{{- if .Values.bootstrap.enabled }}
- admin-key
{{- end }}
{{- if .Values.errorReports.enabled }}
- sentry-dsn
{{- end }}
{{- if .Values.sensors.mqtt.enabled }}
- mqtt-url
{{- end }}
{{- end }}

{{/* Variables of a container from the Secret: {root, keys}. Keys that these values do without are left out. */}}
{{- define "sillage.secretEnv" -}}
{{- $variables := include "sillage.secretVariables" . | fromYaml -}}
{{- $there := include "sillage.secretKeys" .root | fromYamlArray -}}
{{- $name := include "sillage.secretName" .root -}}
{{- range .keys }}
{{- if has . $there }}
- name: {{ get $variables . }}
  valueFrom:
    secretKeyRef:
      name: {{ $name }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/*
What the chart's own Secret holds, as JSON of texts. A value comes from, in this order: what values pin, what the
cluster's Secret holds already, and (secrets.generate) a new random one. Worked out once a render, as random would be
another each time.
*/}}
{{- define "sillage.secretData" -}}
{{- if not (hasKey .Values.secrets "rendered") -}}
{{- $s := .Values.secrets.values -}}
{{- $old := dict -}}
{{- range $key, $value := (lookup "v1" "Secret" .Release.Namespace (include "sillage.secretName" .)).data | default dict -}}
{{- $_ := set $old $key (b64dec $value) -}}
{{- end -}}
{{- /* Whole names: KEDA, which lives in another namespace, reads the database's address too. */ -}}
{{- $host := printf "%s-%%s.%s.svc.%s" (include "sillage.fullname" .) .Release.Namespace .Values.clusterDomain -}}
{{- $keys := include "sillage.secretKeys" . | fromYamlArray -}}
{{- $data := dict -}}
{{- $_ := set $data "encryption-key" ($s.encryptionKey | default (get $old "encryption-key") | default (printf "%x" (randBytes 32 | b64dec))) -}}
{{- if has "postgres-password" $keys -}}
{{- $password := $s.postgresPassword | default (get $old "postgres-password") | default (randAlphaNum 32) -}}
{{- $_ := set $data "postgres-password" $password -}}
{{- $_ := set $data "database-url" (printf "postgres://sillage:%s@%s:5432/sillage" $password (printf $host "postgres")) -}}
{{- else -}}
{{- $_ := set $data "database-url" $s.databaseUrl -}}
{{- end -}}
{{- if has "redis-password" $keys -}}
{{- $password := $s.redisPassword | default (get $old "redis-password") | default (randAlphaNum 32) -}}
{{- $_ := set $data "redis-password" $password -}}
{{- $_ := set $data "redis-url" (printf "redis://:%s@%s:6379/0" $password (printf $host "redis")) -}}
{{- else if has "redis-url" $keys -}}
{{- $_ := set $data "redis-url" $s.redisUrl -}}
{{- end -}}
{{- if has "encryption-key-previous" $keys }}{{ $_ := set $data "encryption-key-previous" .Values.secrets.previousEncryptionKey }}{{ end -}}
{{- if has "s3-access-key-id" $keys -}}
{{- $_ := set $data "s3-access-key-id" $s.s3AccessKeyId -}}
{{- $_ := set $data "s3-secret-access-key" $s.s3SecretAccessKey -}}
{{- end -}}
{{- if has "sentry-dsn" $keys }}{{ $_ := set $data "sentry-dsn" $s.sentryDsn }}{{ end -}}
{{- if has "mqtt-url" $keys }}{{ $_ := set $data "mqtt-url" $s.mqttUrl }}{{ end -}}
{{- if has "admin-key" $keys -}}
{{- $place := get (dict "development" "dev" "test" "test" "staging" "stg" "production" "live") .Values.environment -}}
{{- $_ := set $data "admin-key" ($s.adminKey | default (get $old "admin-key") | default (printf "sk_%s_%s_%s" $place (randAlphaNum 11) (randAlphaNum 43))) -}}
{{- end -}}
{{- $_ := set .Values.secrets "rendered" $data -}}
{{- end -}}
{{- toJson .Values.secrets.rendered -}}
{{- end }}

{{/* Changes with what the chart's own Secret holds; of a Secret of somebody else nothing is known here. */}}
{{- define "sillage.secretChecksum" -}}
{{- if include "sillage.ownsSecret" . }}{{ include "sillage.secretData" . | sha256sum }}{{ end -}}
{{- end }}
