// Package lintcmd is the command lint: it tells what is wrong with files of objects, without a cluster.
package lintcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/cli/exit"
	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// Exit codes of the command.
const (
	// ExitProblems says that there are errors, or warnings with --strict.
	ExitProblems = 1
	// ExitUnusable says that the files can't be read, or that the command is wrong.
	ExitUnusable = 2
)

// ExitError ends the program with a code.
type ExitError = exit.Error

// Options are what the command gets from the program.
type Options struct {
	// Version is that of the program; reports name it.
	Version string
	// Terminal says that the output is a terminal that shows colours.
	Terminal bool
}

const long = `Check files of Tasks, Pipelines, runs and all else that Tenon knows, without a cluster.

It says everything that the webhook of a cluster would say, for all objects at once and with
the place in the file, and looks at what fits between the objects: params, workspaces and
results. It warns of what is accepted but hardly meant, such as variables in scripts.

Each problem has the name of its rule in brackets. A rule is switched off
  for the whole command   by --disable RULE
  for an object           by the annotation tenon.dev/lint-ignore: "RULE,RULE"
  for a line              by a comment on it or alone above it:  # tenon-lint: ignore RULE

Feature flags and defaults are those of ConfigMaps named feature-flags and config-defaults
among the files, and those of --feature.

The exit code is 0 if there is no error, 1 if there are errors (or warnings with --strict),
and 2 if a file can't be read.`

const examples = `  tenon lint pipeline.yaml              one file
  tenon lint . -o sarif >lint.sarif     all files below a folder, for code scanning
  helm template . | tenon lint -        standard input
  tenon lint --strict --pinned tekton/  warnings count, and images need a digest
  tenon lint --complete --disable unused-param,latest-image all.yaml
  tenon lint --feature enable-api-fields=alpha pipeline.yaml`

type command struct {
	Options

	lint            lint.Options
	output, colour  string
	strict, listing bool
	features        []string
}

// New returns the command. Errors that it returns have the code to exit with: *ExitError.
func New(o Options) *cobra.Command {
	c := command{Options: o}
	cmd := &cobra.Command{
		Use:           "lint FILE|FOLDER|-...",
		Short:         "Check files without a cluster: all errors at once, with their lines",
		Long:          long,
		Example:       examples,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&c.output, "output", "o", "text", "form of the report: text, json or sarif")
	flags.StringVar(&c.colour, "color", "auto", "colours in text: auto, always or never")
	flags.BoolVar(&c.strict, "strict", false, "exit with 1 for warnings too")
	flags.BoolVar(&c.lint.Complete, "complete", false, "the files are all there is: references to other objects are errors")
	flags.BoolVar(&c.lint.Pinned, "pinned", false, "warn of images that are not named by digest")
	flags.StringSliceVar(&c.lint.Disabled, "disable", nil, "rules to switch off, separated by commas")
	flags.StringSliceVar(&c.features, "feature", nil, "feature flags to assume, as NAME=VALUE")
	flags.BoolVar(&c.listing, "rules", false, "list the rules and exit")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unusable(err) })
	return cmd
}

func unusable(err error) error { return &ExitError{Code: ExitUnusable, Err: err} }

func (c *command) run(ctx context.Context, paths []string, in io.Reader, out io.Writer) error {
	if c.listing {
		return c.list(out)
	}
	if err := c.check(paths); err != nil {
		return unusable(err)
	}
	ctx, err := c.configured(ctx)
	if err != nil {
		return unusable(err)
	}
	docs, err := read(paths, in)
	if err != nil {
		return unusable(err)
	}
	problems := lint.Lint(ctx, docs, c.lint)
	if err := c.report(out, problems, countFiles(docs)); err != nil {
		return err
	}
	if lint.Count(problems, manifest.Error) > 0 || c.strict && len(problems) > 0 {
		return &ExitError{Code: ExitProblems}
	}
	return nil
}

func (c *command) check(paths []string) error {
	if len(paths) == 0 {
		return errors.New("name the files or folders to check, or - for standard input")
	}
	if !slices.Contains([]string{"text", "json", "sarif"}, c.output) {
		return fmt.Errorf("--output is %q: choose text, json or sarif", c.output)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, c.colour) {
		return fmt.Errorf("--color is %q: choose auto, always or never", c.colour)
	}
	for _, id := range c.lint.Disabled {
		if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.ID == id }) {
			return fmt.Errorf("--disable: there is no rule %q; --rules lists them", id)
		}
	}
	return nil
}

// configured returns a context with the feature flags that the user assumes.
func (c *command) configured(ctx context.Context) (context.Context, error) {
	if len(c.features) == 0 {
		return ctx, nil
	}
	data := map[string]string{}
	for _, pair := range c.features {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("--feature is %q: write NAME=VALUE", pair)
		}
		data[name] = value
	}
	flags, err := config.NewFeatureFlagsFromMap(data)
	if err != nil {
		return nil, fmt.Errorf("--feature: %w", err)
	}
	return config.ToContext(ctx, config.NewConfig(flags, nil)), nil
}

func read(paths []string, in io.Reader) ([]manifest.Document, error) {
	var docs []manifest.Document
	for _, path := range paths {
		var more []manifest.Document
		var err error
		if path == manifest.Stdin {
			more, err = manifest.Read(path, in)
		} else {
			more, err = manifest.ReadFiles([]string{path})
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // it says which file and what
		}
		docs = append(docs, more...)
	}
	return docs, nil
}

func countFiles(docs []manifest.Document) int {
	files := map[string]bool{}
	for i := range docs {
		files[docs[i].File] = true
	}
	return len(files)
}

func (c *command) report(out io.Writer, problems []manifest.Problem, files int) error {
	switch c.output {
	case "json":
		return lint.WriteJSON(out, problems) //nolint:wrapcheck // it says what was done
	case "sarif":
		return lint.WriteSARIF(out, problems, c.Version) //nolint:wrapcheck // it says what was done
	default:
		colours := c.colour == "always" || c.colour == "auto" && c.Terminal
		return lint.WriteText(out, problems, files, colours) //nolint:wrapcheck // it says what was done
	}
}

func (c *command) list(out io.Writer) error {
	for _, rule := range lint.Rules() {
		if _, err := fmt.Fprintf(out, "%-20s %-8s %s\n", rule.ID, rule.Severity, rule.Summary); err != nil {
			return fmt.Errorf("listing rules: %w", err)
		}
	}
	return nil
}
