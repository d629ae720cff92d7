package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// runFlags are the flags of tenon run as they are given.
type runFlags struct {
	name, task, pipeline string

	params, workspaces, secrets, configMaps []string
	paramsFile                              string
	config                                  []string
	features                                []string
	serviceAccount                          string
	timeout                                 time.Duration

	backend, network, pull            string
	images, mirrors, insecureRegistry []string

	output, logs, color string
	quiet, keep, dryRun bool
}

const runHelp = `Run a PipelineRun or TaskRun of the files on this machine, and follow it. A file may also have just a Pipeline or Task: a run is
made for it then, and flags give what it needs. Files can be folders, and "-" is standard input; whatever runs refer to
(Tasks, StepActions, ConfigMaps, Secrets) is taken from the files.

Steps run in containers if the machine has crun or runc (--backend oci) or a Docker or Podman service (--backend docker).
With --backend host they run as plain processes: nothing is isolated then, and images mean nothing.

A folder that is given as a workspace is copied first, so that a run can't damage it; DIR:rw gives it as it is.

Ctrl-C cancels the run, and its finally tasks still run; a second Ctrl-C stops everything at once.

Exit codes: 0 if the run succeeded, 1 if it failed, 2 if the files or flags are wrong, 130 after Ctrl-C.

Where things are kept:
  ~/.cache/tenon         images ($XDG_CACHE_HOME/tenon)
  ~/.local/state/tenon   runs that go on ($XDG_STATE_HOME/tenon)
  ~/.local/share/tenon   claims, as in --workspace NAME=claim:CLAIM ($XDG_DATA_HOME/tenon)
"tenon clean" removes them.`

const runExamples = `  tenon run build.yaml                                 run what is in the file
  tenon run . --pipeline release -p version=1.2        a Pipeline of the files in this folder
  tenon run ci.yaml -w source=. -p flags=-v,-race      with a copy of this folder, and a list
  tenon run ci.yaml --secret git=token=@token.txt      with a Secret that has one key
  tenon run - < task.yaml                              from standard input
  tenon run ci.yaml -o json > result.json              keep the final objects`

func (p *Program) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "run FILE|FOLDER|- ...",
		Short:   "Run a pipeline or task on this machine",
		Long:    runHelp,
		Example: runExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return refused(errNoFile)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.Context(), args, &f, cmd.Flags().Changed("timeout"))
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	f.addInputs(cmd)
	f.addPlace(cmd)
	f.addOutputs(cmd)
	return cmd
}

func (f *runFlags) addInputs(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "run the PipelineRun, TaskRun, Pipeline or Task of this name")
	flags.StringVar(&f.pipeline, "pipeline", "", "run the Pipeline of this name")
	flags.StringVar(&f.task, "task", "", "run the Task of this name")
	cmd.MarkFlagsMutuallyExclusive("name", "pipeline", "task")
	flags.StringArrayVarP(&f.params, "param", "p", nil,
		"give a parameter its value: NAME=TEXT, NAME=A,B for a list, NAME=KEY:TEXT for an object, NAME=@FILE; lists and objects\ncan also be JSON, and grow if they are given again")
	flags.StringVar(&f.paramsFile, "params-file", "", "read parameters from a YAML or JSON file, NAME: VALUE; --param wins")
	flags.StringArrayVarP(&f.workspaces, "workspace", "w", nil,
		"give a workspace its volume: NAME=DIR (a copy of it), NAME=DIR:rw (itself), NAME=emptyDir, NAME=claim:CLAIM (a folder\nthat stays), NAME=secret:SECRET, NAME=config:CONFIGMAP; with :sub=PATH behind it a folder in it")
	flags.StringArrayVar(&f.secrets, "secret", nil,
		"make or complete a Secret: NAME=KEY=TEXT, NAME=KEY=@FILE, NAME=FILE (the key is the file's name),\nNAME=FILE.env (lines KEY=TEXT)")
	flags.StringArrayVar(&f.configMaps, "config-map", nil, "make or complete a ConfigMap, like --secret")
	flags.StringVar(&f.serviceAccount, "service-account", "", "name of the service account of the run")
	flags.DurationVar(&f.timeout, "timeout", 0, "longest time of the run, as in 90s or 1h30m; 0 is no limit")
	flags.StringArrayVar(&f.features, "feature", nil, "set a feature flag: NAME=VALUE, as in enable-api-fields=alpha")
	flags.StringArrayVar(&f.config, "config", nil, "read a file with ConfigMaps of settings (feature-flags, config-defaults)")
}

func (f *runFlags) addPlace(cmd *cobra.Command) {
	flags := cmd.Flags()
	choice(cmd, &f.backend, "backend", "auto", "what runs steps: oci (containers by crun or runc), docker (a Docker or Podman service),\nhost (plain processes, not isolated), auto (the first of oci and docker that works)", "auto", "oci", "docker", "host")
	choice(cmd, &f.network, "network", "host", "network of pods: host (that of this machine), private (one for each, with a way out), none", "host", "private", "none")
	choice(cmd, &f.pull, "pull", "", "when to ask registries for images: always, missing, never; otherwise as the steps say", "always", "missing", "never")
	flags.StringArrayVar(&f.images, "images", nil, "look for images in an OCI layout, a folder of them, or an archive first")
	flags.StringArrayVar(&f.mirrors, "mirror", nil, "ask another registry first: MIRROR, or REGISTRY=MIRROR")
	flags.StringArrayVar(&f.insecureRegistry, "insecure-registry", nil, "host of a registry without a valid certificate")
	flags.BoolVar(&f.keep, "keep", false, "keep the folder of the run, with its volumes, and say where it is")
	_ = cmd.MarkFlagDirname("images")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml", "json")
	_ = cmd.MarkFlagFilename("params-file", "yaml", "yml", "json")
}

func (f *runFlags) addOutputs(cmd *cobra.Command) {
	flags := cmd.Flags()
	short(cmd, &f.output, "output", "o", "print the final objects with their status: yaml or json; all else goes to standard error", "yaml", "json")
	choice(cmd, &f.logs, "logs", "all", "logs to show: all, failed (the end of those of failed steps), none", "all", "failed", "none")
	choice(cmd, &f.color, "color", "auto", "colours: auto (in a terminal, unless NO_COLOR is set), always, never", "auto", "always", "never")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "show only how the run ended")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the run that would be started, and do not start it")
}

// choice adds a flag that has one of several values, and lets shells complete it.
func choice(cmd *cobra.Command, into *string, name, value, usage string, values ...string) {
	*into = value
	short(cmd, into, name, "", usage, values...)
}

func short(cmd *cobra.Command, into *string, name, shorthand, usage string, values ...string) {
	cmd.Flags().VarP(&oneOf{into: into, values: values}, name, shorthand, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
