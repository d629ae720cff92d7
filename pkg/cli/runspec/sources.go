package runspec

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Folder is a folder of this machine that a run gets as a workspace.
type Folder struct {
	// Claim is the name of the claim that stands for it.
	Claim string
	// Dir is as the user named it.
	Dir string
	// IsWritable gives the run the folder itself, and not a copy of it.
	IsWritable bool
}

// ParseWorkspace reads NAME=SPEC: DIR and DIR:rw, emptyDir, secret:NAME, config:NAME, claim:NAME, each with :sub=PATH behind it. The
// folder is nil unless it is DIR.
func ParseWorkspace(text string) (v1.WorkspaceBinding, *Folder, error) {
	name, spec, ok := strings.Cut(text, "=")
	if !ok || name == "" || spec == "" {
		return v1.WorkspaceBinding{}, nil, fmt.Errorf("--workspace %q: it has to be NAME=DIR, NAME=emptyDir, NAME=claim:CLAIM, NAME=secret:SECRET or NAME=config:CONFIGMAP", text)
	}
	binding := v1.WorkspaceBinding{Name: name}
	if before, sub, ok := cutLast(spec, ":sub="); ok {
		spec, binding.SubPath = before, sub
	}
	kind, what, _ := strings.Cut(spec, ":")
	switch {
	case spec == "emptyDir":
		binding.EmptyDir = &corev1.EmptyDirVolumeSource{}
		return binding, nil, nil
	case kind == "secret" && what != "":
		binding.Secret = &corev1.SecretVolumeSource{SecretName: what}
		return binding, nil, nil
	case kind == "config" && what != "":
		binding.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: what}}
		return binding, nil, nil
	case kind == "claim" && what != "":
		binding.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: what}
		return binding, nil, nil
	}
	dir, isWritable := strings.CutSuffix(spec, ":rw")
	folder := &Folder{Claim: claimName(name), Dir: dir, IsWritable: isWritable}
	binding.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: folder.Claim}
	return binding, folder, nil
}

// claimName makes the name of a claim from that of a workspace, which may have characters that names of objects have not.
func claimName(workspace string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, workspace)
	return strings.TrimRight("workspace-"+clean, "-")
}

// Claims makes the claims that stand for folders.
func Claims(namespace string, folders []Folder) []*corev1.PersistentVolumeClaim {
	out := make([]*corev1.PersistentVolumeClaim, 0, len(folders))
	for _, f := range folders {
		out = append(out, &corev1.PersistentVolumeClaim{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
			ObjectMeta: metav1.ObjectMeta{Name: f.Claim, Namespace: namespace},
			Spec:       corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}},
		})
	}
	return out
}

// Data is what a Secret or ConfigMap holds.
type Data struct {
	Name  string
	Items map[string][]byte
}

// ParseData reads values of --secret or --config-map: NAME=KEY=VALUE, NAME=KEY=@FILE, NAME=FILE, whose key is the file's name, and
// NAME=FILE.env, of which each line is KEY=VALUE. Those of the same name are one. flag is for messages, which hold no values.
func ParseData(flag string, texts []string, readFile func(string) ([]byte, error)) ([]Data, error) {
	var out []Data
	index := make(map[string]int)
	for _, text := range texts {
		name, spec, ok := strings.Cut(text, "=")
		if !ok || spec == "" {
			return nil, fmt.Errorf("%s %s: it has to be NAME=KEY=VALUE, NAME=KEY=@FILE, NAME=FILE or NAME=FILE.env", flag, name)
		}
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			return nil, fmt.Errorf("%s: %q is no name of an object: %s", flag, name, problems[0])
		}
		i, ok := index[name]
		if !ok {
			i = len(out)
			index[name] = i
			out = append(out, Data{Name: name, Items: make(map[string][]byte)})
		}
		if err := out[i].read(spec, readFile); err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, name, err)
		}
	}
	return out, nil
}

func (d Data) read(spec string, readFile func(string) ([]byte, error)) error {
	if key, value, ok := strings.Cut(spec, "="); ok && isKey(key) {
		if file, isFile := strings.CutPrefix(value, "@"); isFile && !strings.HasPrefix(file, "@") && file != "" {
			data, err := readFile(file)
			if err != nil {
				return fmt.Errorf("reading key %s: %w", key, err)
			}
			d.Items[key] = data
			return nil
		}
		if strings.HasPrefix(value, "@@") {
			value = value[1:]
		}
		d.Items[key] = []byte(value)
		return nil
	}
	data, err := readFile(spec)
	if err != nil {
		return err
	}
	if strings.HasSuffix(spec, ".env") {
		return d.lines(data)
	}
	key := filepath.Base(spec)
	if !isKey(key) {
		return fmt.Errorf("the name of file %s is no key: give it as KEY=@%s", spec, spec)
	}
	d.Items[key] = data
	return nil
}

// lines reads KEY=VALUE lines; empty ones and those that begin with # do not count, quotes around a value are taken off.
func (d Data) lines(data []byte) error {
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, 1<<20)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if key = strings.TrimSpace(key); !ok || !isKey(key) {
			return fmt.Errorf("line %d is not KEY=VALUE", n)
		}
		d.Items[key] = []byte(unquote(strings.TrimSpace(value)))
	}
	return scanner.Err()
}

func unquote(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

func isKey(key string) bool { return len(validation.IsConfigMapKey(key)) == 0 }

func cutLast(text, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}
