{{/*
What the schema cannot say: settings that contradict each other or the cluster. All at once, each with what mends it.
Included by validations.yaml alone.
*/}}
{{- define "sillage.problems" -}}
{{- $v := .Values -}}
{{- $problems := list -}}

{{/* Secrets */}}
{{- $s := $v.secrets -}}
{{- $pinned := false -}}
{{- range $key, $value := $s.values }}{{ if $value }}{{ $pinned = true }}{{ end }}{{ end -}}
{{- $own := or $s.generate $pinned -}}
{{- $sources := len (without (list (not (empty $s.existingSecret)) $s.externalSecret.enabled $own) false) -}}
{{- if eq $sources 0 -}}
{{- $problems = append $problems "secrets: no source of secrets. Set secrets.existingSecret to the name of a Secret with the keys encryption-key, database-url and redis-url, or secrets.externalSecret.enabled, or secrets.generate for trying out" -}}
{{- else if gt $sources 1 -}}
{{- $problems = append $problems "secrets: more than one source. Keep one of secrets.existingSecret, secrets.externalSecret.enabled, and secrets.generate or secrets.values" -}}
{{- end -}}
{{- if and $s.externalSecret.enabled (not $s.externalSecret.storeRef.name) -}}
{{- $problems = append $problems "secrets.externalSecret.storeRef.name: is needed with secrets.externalSecret.enabled; set it to the name of your ClusterSecretStore or SecretStore" -}}
{{- end -}}
{{- if include "sillage.ownsSecret" . -}}
{{- if and $own (not $s.values.encryptionKey) (not $s.generate) -}}
{{- $problems = append $problems "secrets.values.encryptionKey: is needed where secrets.values are given and secrets.generate is false; make one with `openssl rand -hex 32`" -}}
{{- end -}}
{{- if and (eq $v.postgres.mode "external") $own (not $s.values.databaseUrl) -}}
{{- $problems = append $problems "secrets.values.databaseUrl: is needed with postgres.mode external; set it to postgres://USER:PASSWORD@HOST:5432/DATABASE, or set postgres.mode to bundled for trying out" -}}
{{- end -}}
{{- if and (eq $v.redis.mode "external") $own (not $s.values.redisUrl) -}}
{{- $problems = append $problems "secrets.values.redisUrl: is needed with redis.mode external; set it to redis://HOST:6379, or set redis.mode to bundled or none" -}}
{{- end -}}
{{- if and (eq $v.results.type "bucket") $v.results.bucket.keysInSecret $own (not (and $s.values.s3AccessKeyId $s.values.s3SecretAccessKey)) -}}
{{- $problems = append $problems "secrets.values.s3AccessKeyId and s3SecretAccessKey: are needed with results.bucket.keysInSecret; set both, or set keysInSecret to false and give gateway and worker a cloud identity (serviceAccount.annotations)" -}}
{{- end -}}
{{- if and $v.errorReports.enabled $own (not $s.values.sentryDsn) -}}
{{- $problems = append $problems "secrets.values.sentryDsn: is needed with errorReports.enabled; set it to the DSN of your Sentry, or set errorReports.enabled to false" -}}
{{- end -}}
{{- $mqtt := $v.sensors.mqtt -}}
{{- if and $mqtt.enabled $own (not $s.values.mqttUrl) -}}
{{- $problems = append $problems "secrets.values.mqttUrl: is needed with sensors.mqtt.enabled; set it to the address of your broker, mqtts://USER:PASSWORD@HOST:8883, or set sensors.mqtt.enabled to false" -}}
{{- end -}}
{{- if and $mqtt.clientCertificate (not $mqtt.tlsSecret) -}}
{{- $problems = append $problems "sensors.mqtt.tlsSecret: is needed with sensors.mqtt.clientCertificate; set it to the name of a Secret with ca.crt, tls.crt and tls.key, or set clientCertificate to false" -}}
{{- end -}}
{{- if and $mqtt.enabled (not $mqtt.share) (or (gt (int ($v.sensors.replicas | default $v.defaults.replicas)) 1) ($v.sensors.autoscaling | default $v.defaults.autoscaling).enabled) -}}
{{- $problems = append $problems "sensors.mqtt.share: is needed where sensors has several pods, as each would store every message; set it to a name, for instance pods, or set sensors.replicas to 1 without autoscaling" -}}
{{- end -}}
{{- if and $s.generate (not (.Capabilities.APIVersions.Has "apiregistration.k8s.io/v1")) -}}
{{- $unpinned := list -}}
{{- if not $s.values.encryptionKey }}{{ $unpinned = append $unpinned "encryptionKey" }}{{ end -}}
{{- if and (eq $v.postgres.mode "bundled") (not $s.values.postgresPassword) }}{{ $unpinned = append $unpinned "postgresPassword" }}{{ end -}}
{{- if and (eq $v.redis.mode "bundled") (not $s.values.redisPassword) }}{{ $unpinned = append $unpinned "redisPassword" }}{{ end -}}
{{- if and $v.bootstrap.enabled (not $s.values.adminKey) }}{{ $unpinned = append $unpinned "adminKey" }}{{ end -}}
{{- if $unpinned -}}
{{- $problems = append $problems (printf "secrets.generate: there is no cluster to keep what is made up, each render would have another key and what is sealed would be lost. Install with `helm install`, or pin secrets.values.{%s}, or use secrets.existingSecret" (join ", " $unpinned)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Stores */}}
{{- if and (eq $v.redis.mode "bundled") (ne $v.redis.bundled.maxMemoryPolicy "noeviction") -}}
{{- $problems = append $problems (printf "redis.bundled.maxMemoryPolicy: is %s, and the queue of jobs would be thrown away when memory is full; set it to noeviction" $v.redis.bundled.maxMemoryPolicy) -}}
{{- end -}}
{{- if and (eq $v.results.type "bucket") (not $v.results.bucket.name) -}}
{{- $problems = append $problems "results.bucket.name: is needed with results.type bucket; set it, or set results.type to folder" -}}
{{- end -}}
{{- if and (eq $v.results.type "folder") $v.results.folder.oneNode (eq $v.environment "production") -}}
{{- $problems = append $problems "results.folder.oneNode: keeps all gateways and workers on one node, which production does not survive; use a class that many nodes can mount (oneNode false), or results.type bucket" -}}
{{- end -}}
{{- if and (eq $v.environment "production") (or (eq $v.postgres.mode "bundled") (eq $v.redis.mode "bundled")) -}}
{{- $problems = append $problems "postgres.mode and redis.mode: bundled stores have one pod and no backup, so not in environment production; set mode to external (redis may be none), or environment to staging" -}}
{{- end -}}

{{/* Workloads */}}
{{- range $w := include "sillage.workloads" . | fromJsonArray -}}
{{- $c := $w.settings -}}
{{- $path := $w.path -}}
{{- $keda := $c.keda | default dict -}}
{{- if and $c.autoscaling.enabled $keda.enabled -}}
{{- $problems = append $problems (printf "%s: autoscaling.enabled and keda.enabled would both set the number of pods; set one of them to false" $path) -}}
{{- end -}}
{{- if and $c.autoscaling.enabled (gt (int $c.autoscaling.minReplicas) (int $c.autoscaling.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.autoscaling: minReplicas %d is more than maxReplicas %d; raise maxReplicas" $path (int $c.autoscaling.minReplicas) (int $c.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and $c.autoscaling.enabled (not (or $c.autoscaling.cpuPercent $c.autoscaling.memoryPercent $c.autoscaling.metrics)) -}}
{{- $problems = append $problems (printf "%s.autoscaling: looks at nothing; set cpuPercent or memoryPercent, or give metrics" $path) -}}
{{- end -}}
{{- if and $keda.enabled (gt (int $keda.minReplicas) (int $keda.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.keda: minReplicas %d is more than maxReplicas %d; raise maxReplicas" $path (int $keda.minReplicas) (int $keda.maxReplicas)) -}}
{{- end -}}
{{- if and $keda.enabled (eq $w.component "inference") (not $keda.prometheusAddress) -}}
{{- $problems = append $problems (printf "%s.keda.prometheusAddress: is needed with keda.enabled; set it, for instance to http://prometheus-operated.monitoring:9090" $path) -}}
{{- end -}}
{{- if and $keda.enabled (eq $w.component "inference") (not $v.monitoring.podMonitor.enabled) (not $v.monitoring.annotations) -}}
{{- $problems = append $problems (printf "%s.keda: scales on what Prometheus has of the pods, and nothing tells Prometheus of them; set monitoring.podMonitor.enabled or monitoring.annotations" $path) -}}
{{- end -}}
{{- if and $c.disruptionBudget.enabled (eq (toString $c.disruptionBudget.maxUnavailable) "0") -}}
{{- $problems = append $problems (printf "%s.disruptionBudget.maxUnavailable: 0 would block every drain of a node; set it to 1 or more, or disruptionBudget.enabled to false" $path) -}}
{{- end -}}
{{- if and (eq (toString $c.rollout.maxSurge) "0") (eq (toString $c.rollout.maxUnavailable) "0") -}}
{{- $problems = append $problems (printf "%s.rollout: maxSurge and maxUnavailable are both 0, so no pod could ever be replaced; set one of them to 1" $path) -}}
{{- end -}}
{{- if eq $w.component "inference" -}}
{{- if and (eq $c.device "cuda") (not $c.spareGpus) (ne (toString (get ($w.own.rollout | default dict) "maxSurge" | default 0)) "0") -}}
{{- $problems = append $problems (printf "%s.rollout.maxSurge: a new pod would wait for the GPU that the old one holds; leave it out, or set spareGpus to true where there are more GPUs than pods" $path) -}}
{{- end -}}
{{- if and (eq $c.device "cuda") (not (hasKey ($c.resources.limits | default dict) "nvidia.com/gpu")) -}}
{{- $problems = append $problems (printf "%s.resources.limits: device cuda without a GPU; add nvidia.com/gpu: 1, or set device to cpu" $path) -}}
{{- end -}}
{{- if and $c.modelVolume.alone (not $c.modelVolume.existingClaim) -}}
{{- $problems = append $problems (printf "%s.modelVolume.alone: leaves no models; set modelVolume.existingClaim, or alone to false" $path) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := $c.config -}}
{{- if has $name (list "DATABASE_URL" "REDIS_URL" "ENCRYPTION_KEY" "ENCRYPTION_KEY_PREVIOUS" "AWS_SECRET_ACCESS_KEY" "ADMIN_KEY" "SENTRY_DSN") -}}
{{- $problems = append $problems (printf "%s.config.%s: is a secret and would lie open in a ConfigMap; put it in the Secret (secrets)" $path $name) -}}
{{- else if has $name (list "DRAIN_DELAY_MS" "SHUTDOWN_TIMEOUT_MS") -}}
{{- $problems = append $problems (printf "%s.config.%s: comes from drainSeconds, so that the pod's grace period fits it; set %s.drainSeconds" $path $name $path) -}}
{{- else if has $name (list "PORT" "GRPC_PORT" "METRICS_PORT" "HEALTH_CHECK_PORT" "AUTH_TARGET" "SENSORS_TARGET" "INFERENCE_TARGET" "MIGRATE_ON_START" "RESULTS_DIR" "RESULTS_S3_BUCKET" "DEVICE" "MODELS" "MODEL_PATH" "CACHE_DIR" "ENVIRONMENT" "HOST" "SERVICE_VERSION" "OTEL_EXPORTER_OTLP_ENDPOINT") -}}
{{- $problems = append $problems (printf "%s.config.%s: is set by the chart; leave it out and use the chart's own value for it" $path $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (include "sillage.poolNames" . | fromJsonArray) -}}
{{- $problems = append $problems "inference.pools: there is no pool, so nothing would answer; add one, for instance inference.pools.base: {}" -}}
{{- end -}}

{{/* The way in */}}
{{- if and $v.gatewayApi.enabled (not $v.gatewayApi.parentRefs) -}}
{{- $problems = append $problems "gatewayApi.parentRefs: is needed with gatewayApi.enabled; name the Gateway, for instance [{name: public, namespace: gateways}]" -}}
{{- end -}}
{{- if and $v.gatewayApi.enabled $v.gatewayApi.grpc.enabled (not $v.gateway.grpc.enabled) -}}
{{- $problems = append $problems "gatewayApi.grpc.enabled: the gateway's gRPC port is shut; set gateway.grpc.enabled to true, or gatewayApi.grpc.enabled to false" -}}
{{- end -}}
{{- $refs := $v.gatewayApi.grpc.parentRefs | default $v.gatewayApi.parentRefs -}}
{{- if and $v.gatewayApi.enabled $v.gatewayApi.grpc.enabled (eq (toJson $refs) (toJson $v.gatewayApi.parentRefs)) (or (not $v.gatewayApi.grpc.hostnames) (eq (toJson $v.gatewayApi.grpc.hostnames) (toJson $v.gatewayApi.hostnames))) -}}
{{- $problems = append $problems "gatewayApi.grpc.hostnames: an HTTPRoute and a GRPCRoute may not share a host of one listener; give hostnames or parentRefs of its own, for instance [grpc.api.example.com]" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- $problems = append $problems "ingress.hosts: is needed with ingress.enabled, for instance [api.example.com]" -}}
{{- end -}}
{{- if and (or $v.gateway.service.nodePorts.http $v.gateway.service.nodePorts.grpc) (eq $v.gateway.service.type "ClusterIP") -}}
{{- $problems = append $problems "gateway.service.nodePorts: have no effect with type ClusterIP; set gateway.service.type to NodePort, or the ports to 0" -}}
{{- end -}}
{{- $gateway := include "sillage.settings" (dict "root" . "component" "gateway") | fromJson -}}
{{- if and (eq $v.environment "production") (eq (toString (get $gateway.config "API_KEY_REQUIRED")) "false") -}}
{{- $problems = append $problems "gateway.config.API_KEY_REQUIRED: false opens the API to everybody, so not in environment production; leave it out" -}}
{{- end -}}

{{/* Operators */}}
{{- if $v.crdCheck -}}
{{- range $need := list
  (list (and $v.gatewayApi.enabled) "gateway.networking.k8s.io/v1/HTTPRoute" "gatewayApi.enabled" "the Gateway API's CRDs")
  (list (and $v.gatewayApi.enabled $v.gatewayApi.grpc.enabled) "gateway.networking.k8s.io/v1/GRPCRoute" "gatewayApi.grpc.enabled" "the Gateway API's CRDs (1.1 or newer)")
  (list $v.monitoring.podMonitor.enabled "monitoring.coreos.com/v1/PodMonitor" "monitoring.podMonitor.enabled" "the Prometheus Operator")
  (list $v.monitoring.rules.enabled "monitoring.coreos.com/v1/PrometheusRule" "monitoring.rules.enabled" "the Prometheus Operator")
  (list $s.externalSecret.enabled "external-secrets.io/v1/ExternalSecret" "secrets.externalSecret.enabled" "External Secrets 0.17 or newer")
  (list $v.worker.keda.enabled "keda.sh/v1alpha1/ScaledObject" "worker.keda.enabled" "KEDA") -}}
{{- if and (index $need 0) (not ($.Capabilities.APIVersions.Has (index $need 1))) -}}
{{- $problems = append $problems (printf "%s: the cluster does not know %s. Install %s, or set %s to false; rendering without a cluster, set crdCheck to false" (index $need 2) (index $need 1) (index $need 3) (index $need 2)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{/* Every service and pool with its settings and where in the values they stand, as JSON list. */}}
{{- define "sillage.workloads" -}}
{{- $all := list -}}
{{- range list "gateway" "auth" "sensors" "worker" -}}
{{- $all = append $all (dict "component" . "path" . "own" (get $.Values .) "settings" (include "sillage.settings" (dict "root" $ "component" .) | fromJson)) -}}
{{- end -}}
{{- range $pool := include "sillage.poolNames" . | fromJsonArray -}}
{{- $all = append $all (dict "component" "inference" "path" (printf "inference.pools.%s" $pool) "own" (get $.Values.inference.pools $pool) "settings" (include "sillage.settings" (dict "root" $ "component" "inference" "pool" $pool) | fromJson)) -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}
