{{/* A store for trying Sillage out: one pod, one volume, no replica and no backup. */}}
{{- define "sillage.store" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  clusterIP: None
  selector:
    {{- include "sillage.selector" . | nindent 4 }}
  ports:
    - name: {{ .portName }}
      port: {{ .port }}
      targetPort: {{ .portName }}
      protocol: TCP
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "sillage.metadata" . | nindent 2 }}
spec:
  serviceName: {{ .name }}
  replicas: 1
  selector:
    matchLabels:
      {{- include "sillage.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "sillage.podLabels" . | nindent 8 }}
      annotations:
        # uid of the store's image.
        kube-score/ignore: container-security-context-user-group-id
    spec:
      {{- include "sillage.podHead" (merge (dict "serviceAccount" .name "user" .store.user "settings" .store) .) | nindent 6 }}
      terminationGracePeriodSeconds: 60
      containers:
        - name: {{ .component }}
          image: {{ .store.image }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          {{- with .command }}
          command:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          args:
            {{- toYaml .args | nindent 12 }}
          env:
            {{- toYaml .env | nindent 12 }}
          ports:
            - name: {{ .portName }}
              containerPort: {{ .port }}
              protocol: TCP
          startupProbe:
            tcpSocket:
              port: {{ .portName }}
            periodSeconds: 1
            failureThreshold: 300
          readinessProbe:
            exec:
              command:
                {{- toYaml .ready | nindent 16 }}
            periodSeconds: 5
            timeoutSeconds: 3
          livenessProbe:
            tcpSocket:
              port: {{ .portName }}
            periodSeconds: 10
            failureThreshold: 6
          resources:
            {{- toYaml .store.resources | nindent 12 }}
          securityContext:
            {{- include "sillage.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: data
              mountPath: {{ .mountPath }}
            {{- range $index, $path := .scratch }}
            - name: scratch-{{ $index }}
              mountPath: {{ $path }}
            {{- end }}
      volumes:
        {{- range $index, $path := .scratch }}
        - name: scratch-{{ $index }}
          emptyDir:
            sizeLimit: 256Mi
        {{- end }}
        {{- if not .store.persistence.enabled }}
        - name: data
          emptyDir:
            sizeLimit: {{ .store.persistence.size }}
        {{- end }}
  {{- if .store.persistence.enabled }}
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
    whenScaled: Retain
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .store.persistence.storageClassName }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .store.persistence.size }}
  {{- end }}
{{- end }}
