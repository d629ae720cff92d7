package hub

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/go-version"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Parameters of a reference.
const (
	paramName    = "name"
	paramVersion = "version"
	paramKind    = "kind"
	paramType    = "type"
	paramCatalog = "catalog"
	paramURL     = "url"
)

// Keys of the ConfigMap hubresolver-config.
const (
	keyKind            = "default-kind"
	keyType            = "default-type"
	keyTaskCatalog     = "default-artifact-hub-task-catalog"
	keyPipelineCatalog = "default-artifact-hub-pipeline-catalog"
	keyTektonCatalog   = "default-tekton-hub-catalog"
)

// Types of hubs.
const (
	typeArtifact = "artifact"
	typeTekton   = "tekton"
)

// Kinds that can be asked for.
const (
	kindTask       = "task"
	kindPipeline   = "pipeline"
	kindStepAction = "stepaction"
)

// maxPart bounds what goes into the path of an address, in bytes.
const maxPart = 253

// wanted is a valid reference.
type wanted struct {
	hub, kind, catalog, name, version string
	// constraints are nil if the version is none that can be compared with others.
	constraints version.Constraints
}

func parse(req framework.Request) (wanted, error) {
	w := wanted{name: req.Params[paramName], version: req.Params[paramVersion]}
	var missing []string
	for _, p := range []struct{ name, value string }{{paramName, w.name}, {paramVersion, w.version}} {
		if strings.TrimSpace(p.value) == "" {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		return w, missingParams(missing...)
	}
	var err error
	if w.kind, err = value(req, paramKind, keyKind); err != nil {
		return w, err
	}
	if w.hub, err = value(req, paramType, keyType); err != nil {
		return w, err
	}
	if !slices.Contains([]string{kindTask, kindPipeline, kindStepAction}, w.kind) {
		return w, errors.New("kind param must be one of: task, pipeline, stepaction")
	}
	if w.hub != typeArtifact && w.hub != typeTekton {
		return w, errors.New("type param must be artifact or tekton")
	}
	if w.catalog, err = catalog(req, w); err != nil {
		return w, err
	}
	if err := cmp.Or(checkPart(paramName, w.name), checkPart(paramCatalog, w.catalog)); err != nil {
		return w, err
	}
	return w.withVersion()
}

// withVersion reads the version. One that is no constraint goes into an address as it is.
func (w wanted) withVersion() (wanted, error) {
	if len(w.version) <= maxPart {
		if constraints, err := version.NewConstraint(w.version); err == nil {
			w.constraints = constraints
			return w, nil
		}
	}
	return w, checkPart(paramVersion, w.version)
}

func missingParams(names ...string) error {
	return fmt.Errorf("missing required hub resolver params: %s", strings.Join(names, ", "))
}

// value is a param, or the setting for those who do not give it.
func value(req framework.Request, param, key string) (string, error) {
	if v, ok := req.Params[param]; ok {
		return v, nil
	}
	if v, ok := req.Config[key]; ok {
		return v, nil
	}
	return "", fmt.Errorf("default %s was not set during installation of the hub resolver: set %s in the ConfigMap %s, or the param %s",
		param, key, configMap, param)
}

// catalog returns the catalog to look in. The defaults have to be there even where they are not used (contract 4 §2.6).
func catalog(req framework.Request, w wanted) (string, error) {
	for _, key := range []string{keyTaskCatalog, keyPipelineCatalog, keyTektonCatalog} {
		if _, ok := req.Config[key]; !ok {
			return "", fmt.Errorf("default catalog was not set during installation of the hub resolver: set %s in the ConfigMap %s", key, configMap)
		}
	}
	if v, ok := req.Params[paramCatalog]; ok {
		return v, nil
	}
	switch {
	case w.hub == typeTekton:
		return req.Config[keyTektonCatalog], nil
	case w.kind == kindTask:
		return req.Config[keyTaskCatalog], nil
	case w.kind == kindPipeline:
		return req.Config[keyPipelineCatalog], nil
	default:
		return "", missingParams(paramCatalog)
	}
}

// checkPart refuses what would leave its place in the path of an address, also at servers that decode paths more than once.
func checkPart(name, text string) error {
	switch {
	case text == "":
		return fmt.Errorf("%s is empty", name)
	case len(text) > maxPart:
		return fmt.Errorf("%s is longer than %d characters", name, maxPart)
	case strings.Contains(text, ".."), text == ".", strings.ContainsAny(text, `/\%?#`),
		strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }):
		return fmt.Errorf(`%s must not have "..", slashes, control characters or any of \%%?# in it`, name)
	}
	return nil
}
