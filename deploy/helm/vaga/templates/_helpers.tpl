{{- define "vaga.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Call with (dict "root" $ "name" <process>). */}}
{{- define "vaga.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "vaga.labels" -}}
{{ include "vaga.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "vaga.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* Environment of a container: (dict "environment" … "secretEnvironment" …). Empty values and null references are left out. */}}
{{- define "vaga.environment" -}}
{{- range $variable, $value := .environment }}
{{- if ne (toString $value) "" }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $variable, $reference := .secretEnvironment }}
{{- if $reference }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {{ toJson $reference }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Addresses of the subgraphs: all processes but the gateway. */}}
{{- define "vaga.addresses" -}}
{{- range $name, $process := .Values.processes }}
{{- if ne $name "gateway" }}
- name: {{ upper $name }}_SERVICE_URL
  value: http://{{ include "vaga.fullname" $ }}-{{ $name }}:{{ $process.port }}/graphql
{{- end }}
{{- end }}
{{- end -}}

{{- define "vaga.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "vaga.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}
