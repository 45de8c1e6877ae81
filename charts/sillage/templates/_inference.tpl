{{/* Names of the pools, as JSON; one that other values set to null is none. */}}
{{- define "sillage.poolNames" -}}
{{- $names := list -}}
{{- range $name, $pool := .Values.inference.pools }}{{ if not (kindIs "invalid" $pool) }}{{ $names = append $names $name }}{{ end }}{{ end -}}
{{- sortAlpha $names | toJson -}}
{{- end }}

{{/* The pools as clients are told of them: addresses with weights, by commas. */}}
{{- define "sillage.inferenceTargets" -}}
{{- $targets := list -}}
{{- range $pool := include "sillage.poolNames" . | fromJsonArray -}}
{{- $settings := include "sillage.settings" (dict "root" $ "component" "inference" "pool" $pool) | fromJson -}}
{{- $name := include "sillage.workloadName" (dict "root" $ "component" "inference" "pool" $pool) -}}
{{- $target := include "sillage.target" (dict "root" $ "name" $name "port" 50052) -}}
{{- if not (kindIs "invalid" $settings.weight) }}{{ $target = printf "%s=%d" $target (int $settings.weight) }}{{ end -}}
{{- $targets = append $targets $target -}}
{{- end -}}
{{- join "," $targets -}}
{{- end }}

{{/* Volumes of a pool: the cache that it keeps for itself, and models beside or instead of the image's. */}}
{{- define "sillage.inferenceVolumes" -}}
{{- $cache := .settings.cache -}}
{{- $volumes := list -}}
{{- if eq $cache.type "ephemeral" -}}
{{- $spec := dict "accessModes" (list "ReadWriteOnce") "resources" (dict "requests" (dict "storage" $cache.size)) -}}
{{- with $cache.storageClassName }}{{ $_ := set $spec "storageClassName" . }}{{ end -}}
{{- $volumes = append $volumes (dict "volume" (dict "name" "cache" "ephemeral" (dict "volumeClaimTemplate" (dict "spec" $spec))) "mount" (dict "name" "cache" "mountPath" "/cache")) -}}
{{- else if eq $cache.type "emptyDir" -}}
{{- $volumes = append $volumes (dict "volume" (dict "name" "cache" "emptyDir" (dict "sizeLimit" $cache.size)) "mount" (dict "name" "cache" "mountPath" "/cache")) -}}
{{- end -}}
{{- with .settings.modelVolume.existingClaim -}}
{{- $mount := dict "name" "models" "mountPath" "/more-models" "readOnly" true -}}
{{- with $.settings.modelVolume.subPath }}{{ $_ := set $mount "subPath" . }}{{ end -}}
{{- $volumes = append $volumes (dict "volume" (dict "name" "models" "persistentVolumeClaim" (dict "claimName" . "readOnly" true)) "mount" $mount) -}}
{{- end -}}
{{- toJson $volumes -}}
{{- end }}

{{- define "sillage.inferenceConfig" -}}
{{- $s := .settings -}}
{{- $config := dict "GRPC_PORT" "50052" "DEVICE" $s.device "MODEL_PATH" "/models" -}}
{{- if $s.modelVolume.existingClaim -}}
{{- $_ := set $config "MODEL_PATH" ($s.modelVolume.alone | ternary "/more-models" "/more-models:/models") -}}
{{- end -}}
{{- if ne $s.cache.type "none" }}{{ $_ := set $config "CACHE_DIR" "/cache" }}{{ end -}}
{{- with $s.models }}{{ $_ := set $config "MODELS" (join "," .) }}{{ end -}}
{{- toJson $config -}}
{{- end }}
