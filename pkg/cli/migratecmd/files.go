package migratecmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/migrate/translate"
)

const filesLong = `Translate YAML of old releases (v1alpha1 and v1beta1) into v1 and what replaces old features:

  PipelineResources   params, workspaces, results, and steps that fetch
  Conditions          a Task whose result decides, and when
  ClusterTasks        Tasks of a namespace, found by the resolver cluster
  bundles             the resolver bundles
  old fields and variables get their new names and places

Comments and order stay, blank lines within changed documents do not. Documents that need no
translation are not touched. Where a person has to decide, a comment "# tenon migrate: ..." is left
in the file, and the same text is printed.

Name all files that belong together in one call: what a PipelineResource says is needed where a run
uses it. Without -w, -o or --diff the translated files are printed.

The exit code is 0 if all is translated, 2 if a file cannot be read, and with --diff 1 if
something would change.`

const filesExamples = `  tenon migrate files --diff tekton/     show what would change
  tenon migrate files -w tekton/         change the files
  tenon migrate files -o new/ tekton/    write all files into another folder
  cat old.yaml | tenon migrate files -   from standard input to standard output`

type files struct {
	options     translate.Options
	write, diff bool
	into        string
}

// file is a file to translate; path is where it goes below another folder.
type file struct{ name, path string }

func newFiles() *cobra.Command {
	f := &files{}
	cmd := &cobra.Command{
		Use: "files FILE|FOLDER|-...", Short: "Translate YAML of old releases", Long: filesLong, Example: filesExamples,
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(args, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.write, "write", "w", false, "write the translation into the files")
	flags.BoolVar(&f.diff, "diff", false, "show what would change")
	flags.StringVarP(&f.into, "output-dir", "o", "", "write all files into this folder")
	flags.StringVar(&f.options.GitImage, "git-image", translate.DefaultGitImage, "image of the steps that clone, with git and sh")
	flags.StringVar(&f.options.ShellImage, "shell-image", translate.DefaultShellImage, "image of other added steps, with sh")
	flags.StringVar(&f.options.StorageImage, "storage-image", translate.DefaultStorageImage, "image of steps that copy from and to buckets, with gsutil")
	flags.StringVar(&f.options.ClusterTaskNamespace, "cluster-task-namespace", translate.DefaultClusterTaskNamespace,
		"namespace for what were ClusterTasks")
	_ = cmd.MarkFlagDirname("output-dir")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unusable(err) })
	return cmd
}

func (f *files) run(paths []string, in io.Reader, out, errs io.Writer) error {
	if err := f.validate(paths); err != nil {
		return unusable(err)
	}
	found, err := expand(paths)
	if err != nil {
		return unusable(err)
	}
	sources := make([]translate.Source, len(found))
	for i, file := range found {
		text, err := read(file.name, in)
		if err != nil {
			return unusable(err)
		}
		sources[i] = translate.Source{Name: file.name, Text: text}
	}
	outputs, err := translate.Translate(sources, f.options)
	if err != nil {
		return unusable(err)
	}
	changed, err := f.put(found, sources, outputs, out)
	if err != nil {
		return unusable(err)
	}
	for _, output := range outputs {
		for _, n := range output.Notes {
			_, _ = fmt.Fprintf(errs, "%s:%d: %s: %s\n", n.File, n.Line, n.Object, n.Message)
		}
	}
	if f.write || f.into != "" {
		_, _ = fmt.Fprintf(errs, "%d of %d files changed\n", changed, len(outputs))
	}
	if f.diff && changed > 0 {
		return &ExitError{Code: ExitBlocks}
	}
	return nil
}

func (f *files) validate(paths []string) error {
	chosen := 0
	for _, is := range []bool{f.write, f.diff, f.into != ""} {
		if is {
			chosen++
		}
	}
	switch {
	case len(paths) == 0:
		return errors.New("name the files or folders to translate, or - for standard input")
	case chosen > 1:
		return errors.New("choose one of --write, --diff and --output-dir")
	case slices.Contains(paths, manifest.Stdin) && (f.write || f.into != ""):
		return errors.New("standard input has no file to write to: leave --write and --output-dir out")
	default:
		return nil
	}
}

// expand returns the files of paths; of folders those that are YAML, without hidden folders.
func expand(paths []string) ([]file, error) {
	var out []file
	for _, path := range paths {
		if path == manifest.Stdin {
			out = append(out, file{name: path})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("looking for files: %w", err)
		}
		if !info.IsDir() {
			out = append(out, file{name: path, path: filepath.Base(path)})
			continue
		}
		err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
				return filepath.SkipDir
			case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)):
				relative, err := filepath.Rel(path, name)
				if err != nil {
					return err
				}
				out = append(out, file{name: name, path: relative})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("looking for files in %s: %w", path, err)
		}
	}
	return out, nil
}

// maxFileSize is the length of the longest file, in bytes.
const maxFileSize = 64 << 20

func read(name string, in io.Reader) ([]byte, error) {
	if name != manifest.Stdin {
		opened, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading a file: %w", err)
		}
		defer func() { _ = opened.Close() }()
		in = opened
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("%s: the file is longer than %d bytes", name, maxFileSize)
	}
	return text, nil
}

// put writes the files where they were asked for, and returns how many are changed.
func (f *files) put(found []file, sources []translate.Source, outputs []translate.Output, out io.Writer) (changed int, err error) {
	for i, output := range outputs {
		if output.Changed {
			changed++
		}
		switch {
		case f.into != "":
			err = writeBelow(f.into, found[i].path, output.Text)
		case f.write && output.Changed:
			err = overwrite(output.Name, output.Text)
		case f.write:
		case f.diff && output.Changed:
			_, err = io.WriteString(out, unified(output.Name, sources[i].Text, output.Text))
		case f.diff:
		default:
			err = printFile(out, i > 0, output.Text)
		}
		if err != nil {
			return changed, fmt.Errorf("writing %s: %w", output.Name, err)
		}
	}
	return changed, nil
}

// printFile writes a file behind others, as one stream of documents.
func printFile(out io.Writer, behind bool, text []byte) error {
	if behind && !bytes.HasPrefix(text, []byte("---")) {
		text = append([]byte("---\n"), text...)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	_, err := out.Write(text)
	return err //nolint:wrapcheck // the caller says what was done
}

func writeBelow(dir, path string, text []byte) error {
	target := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // files that others may read
		return err //nolint:wrapcheck // the caller says what was done
	}
	return os.WriteFile(target, text, 0o644) //nolint:gosec,wrapcheck // the same
}

// overwrite keeps the mode of the file. It writes beside it first, so that no half of a file is left.
func overwrite(name string, text []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	if err != nil {
		return err //nolint:wrapcheck // the caller says what was done
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".tenon-migrate-*")
	if err != nil {
		return err //nolint:wrapcheck // the same
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name) //nolint:wrapcheck // the same
}
