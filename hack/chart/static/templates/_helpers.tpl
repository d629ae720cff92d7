{{- /* The namespace of the resolvers. */ -}}
{{- define "tenon.resolversNamespace" -}}
{{ .Values.resolversNamespace | default (printf "%s-resolvers" .Values.namespace) }}
{{- end -}}

{{- /* list ROOT NAME REFERENCE: an image. REFERENCE is what follows the registry. */ -}}
{{- define "tenon.image" -}}
{{- $values := (index . 0).Values.images -}}
{{- $whole := index $values.overrides (index . 1) -}}
{{- if $whole -}}
{{ $whole }}
{{- else -}}
{{ trimSuffix "/" $values.registry }}/{{ index . 2 }}
{{- end -}}
{{- end -}}

{{- /* list ENV NAME VALUE: a variable with its value of the release, or that of ENV. */ -}}
{{- define "tenon.env" -}}
{{- $name := index . 1 -}}
{{- if hasKey (index . 0) $name -}}
{{ include "tenon.moreEnv" (pick (index . 0) $name) }}
{{- else -}}
- {name: {{ $name }}, value: {{ index . 2 | quote }}}
{{- end -}}
{{- end -}}

{{- /* ENV: variables as a list. */ -}}
{{- define "tenon.moreEnv" -}}
{{- $lines := list -}}
{{- range $name, $value := . -}}
{{- if kindIs "string" $value -}}
{{- $lines = append $lines (printf "- {name: %s, value: %s}" $name ($value | toJson)) -}}
{{- else -}}
{{- $lines = append $lines (merge (dict "name" $name) $value | list | toYaml) -}}
{{- end -}}
{{- end -}}
{{ join "\n" $lines }}
{{- end -}}

{{- /* DATA: the data of a ConfigMap, whose values are texts. */ -}}
{{- define "tenon.data" -}}
{{- $lines := list -}}
{{- range $key, $value := . -}}
{{- $text := "" -}}
{{- if kindIs "string" $value -}}
{{- $text = toString $value -}}{{- /* numbers that Helm has read are texts of a kind */ -}}
{{- else if or (kindIs "map" $value) (kindIs "slice" $value) -}}
{{- $text = printf "%s\n" (toYaml $value) -}}
{{- else -}}
{{- $text = toJson $value -}}
{{- end -}}
{{- $lines = append $lines (printf "%s: %s" $key (toJson $text)) -}}
{{- end -}}
{{ join "\n" $lines }}
{{- end -}}

{{- /* SELECTOR: with the expression that the webhook adds by itself. */ -}}
{{- define "tenon.namespaceSelector" -}}
{{- $own := list (dict "key" "webhooks.knative.dev/exclude" "operator" "DoesNotExist") -}}
{{- merge (dict "matchExpressions" (concat $own (.matchExpressions | default list))) . | toYaml -}}
{{- end -}}

{{- /* Annotations of definitions. */ -}}
{{- define "tenon.crdAnnotations" -}}
{{- $annotations := deepCopy .Values.annotations -}}
{{- if .Values.crds.keep -}}
{{- $annotations = set $annotations "helm.sh/resource-policy" "keep" -}}
{{- end -}}
{{- toYaml $annotations -}}
{{- end -}}
