// Package migratecmd has the commands for moving from the engine in use: migrate check tells what acts otherwise, migrate files translates
// YAML of old releases.
package migratecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/cli/exit"
	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/migrate"
	"github.com/tenon-ci/tenon/pkg/migrate/cluster"
)

// Exit codes of the commands.
const (
	// ExitBlocks says that something blocks the move, or with files --diff that something would change.
	ExitBlocks = 1
	// ExitUnusable says that the check could not be made, that a file cannot be translated, or that the command is wrong.
	ExitUnusable = 2
)

// ExitError ends the program with a code.
type ExitError = exit.Error

func unusable(err error) error { return &ExitError{Code: ExitUnusable, Err: err} }

const long = `Move to Tenon from the engine that runs your Tekton pipelines now.

  tenon migrate check --cluster     what in a cluster would act otherwise
  tenon migrate check tekton/       the same of the files in a folder
  tenon migrate files -w tekton/    translate files of old releases

Neither changes anything in a cluster.`

// Options are what the commands get from the program.
type Options struct {
	// Connect reaches the cluster; nil means by kubeconfig.
	Connect func(clustercmd.Where) (cluster.Getter, error)
}

// New returns the command migrate. Errors that it returns have the code to exit with: *ExitError.
func New(o Options) *cobra.Command {
	if o.Connect == nil {
		o.Connect = connect
	}
	cmd := &cobra.Command{
		Use: "migrate", Short: "Move to Tenon: check a cluster or files, translate files of old releases", Long: long,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCheck(o), newFiles())
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unusable(err) })
	return cmd
}

func connect(w clustercmd.Where) (cluster.Getter, error) {
	config, _, err := clustercmd.Config(w)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was done
	}
	return cluster.Connect(config) //nolint:wrapcheck // it says what was done
}

const checkLong = `Say what acts otherwise in Tenon than in the engine in use (release 1.15), before you move.

Files are checked with their lines. With --cluster it reads the cluster of your kubeconfig: Tasks
and Pipelines, runs that have not ended and how far they are, the settings, the installed release,
definitions and webhooks of other components, and nodes. It only reads. Where you lack the right
to read something, it says so and goes on.

Each finding has a severity:
  blocks    it stops working, or something would be lost: do what is said before you move
  differs   it goes on, and acts otherwise
  info      good to know

The exit code is 0 if nothing blocks, 1 if something does, and 2 if the check could not be made.`

const checkExamples = `  tenon migrate check --cluster              the whole cluster
  tenon migrate check --cluster -n ci        one namespace, and the installation
  tenon migrate check tekton/ -o json        files, for programs
  helm template . | tenon migrate check -    standard input
  tenon migrate check --rules                all rules`

type check struct {
	Options

	where          clustercmd.Where
	output, system string
	cluster, all   bool
	listing        bool
	recursive      []string
}

func newCheck(o Options) *cobra.Command {
	c := &check{Options: o}
	cmd := &cobra.Command{
		Use: "check [FILE|FOLDER|-...] [--cluster]", Short: "Say what would act otherwise, in files or a cluster", Long: checkLong,
		Example: checkExamples, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&c.output, "output", "o", "text", "form of the report: text or json")
	flags.StringArrayVarP(&c.recursive, "recursive", "R", nil, "a folder whose files to check; the same as to name it")
	flags.BoolVar(&c.cluster, "cluster", false, "check the cluster of the kubeconfig")
	flags.BoolVarP(&c.all, "all-namespaces", "A", false, "look at all namespaces; so it does without -n")
	flags.StringVar(&c.system, "system-namespace", "tekton-pipelines", "namespace of the installation")
	flags.BoolVar(&c.listing, "rules", false, "list the rules and exit")
	clustercmd.BindWhere(cmd, &c.where)
	flags.Lookup("namespace").Usage = "look at the objects of this namespace only"
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("recursive")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unusable(err) })
	return cmd
}

func (c *check) run(ctx context.Context, paths []string, in io.Reader, out io.Writer) error {
	if c.listing {
		return listRules(out)
	}
	paths = append(paths, c.recursive...)
	if err := c.validate(paths); err != nil {
		return unusable(err)
	}
	report, err := c.report(ctx, paths, in)
	if report != nil {
		if err := c.write(out, report); err != nil {
			return unusable(err)
		}
	}
	switch {
	case err != nil:
		return unusable(err)
	case report.Count(migrate.Blocks) > 0:
		return &ExitError{Code: ExitBlocks}
	default:
		return nil
	}
}

func (c *check) validate(paths []string) error {
	switch {
	case !slices.Contains([]string{"text", "json"}, c.output):
		return fmt.Errorf("--output is %q: choose text or json", c.output)
	case len(paths) == 0 && !c.cluster:
		return errors.New("name the files or folders to check, - for standard input, or --cluster")
	case len(paths) > 0 && c.cluster:
		return errors.New("name files, or --cluster, not both")
	case c.all && c.where.Namespace != "":
		return errors.New("name a namespace, or --all-namespaces, not both")
	default:
		return nil
	}
}

func (c *check) report(ctx context.Context, paths []string, in io.Reader) (*migrate.Report, error) {
	if c.cluster {
		api, err := c.Connect(c.where)
		if err != nil {
			return nil, err
		}
		return cluster.Check(ctx, api, cluster.Scope{Namespace: c.where.Namespace, System: c.system}) //nolint:wrapcheck // it says what was done
	}
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
	return migrate.CheckFiles(ctx, docs), nil
}

func (c *check) write(out io.Writer, report *migrate.Report) error {
	if c.output == "json" {
		return report.WriteJSON(out) //nolint:wrapcheck // it says what was done
	}
	return report.WriteText(out) //nolint:wrapcheck // it says what was done
}

func listRules(out io.Writer) error {
	for _, rule := range migrate.Rules() {
		if _, err := fmt.Fprintf(out, "%-20s %-8s %s\n", rule.ID, rule.Severity, rule.Summary); err != nil {
			return fmt.Errorf("listing rules: %w", err)
		}
	}
	return nil
}
