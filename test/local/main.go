// Command local measures "tenon run": how long it takes from its start until the first step's process runs, how long a chain of tasks
// that do nothing takes, and how much memory the program needs for it. With -cluster it runs the same chain in the cluster of KUBECONFIG
// too.
//
//	go run ./test/local -program bin/tenon -images FOLDER
//	go run ./test/local -program bin/tenon -mirror '*=http://registry.local:5000' -cluster
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	program, backend, images, mirror, image string
	runs, chain                             int
	cluster                                 bool
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.program, "program", "bin/tenon", "The program to measure.")
	flag.StringVar(&o.backend, "backend", "oci", "Backend of the runs.")
	flag.StringVar(&o.images, "images", "", "Folder with the image.")
	flag.StringVar(&o.mirror, "mirror", "", "Mirror to get the image from, in the place of -images.")
	flag.StringVar(&o.image, "image", "busybox", "Image of the steps.")
	flag.IntVar(&o.runs, "runs", 10, "How often the first step is started.")
	flag.IntVar(&o.chain, "chain", 50, "Tasks in the chain.")
	flag.BoolVar(&o.cluster, "cluster", false, "Run the chain in the cluster too.")
	flag.Parse()
	if err := measure(context.Background(), o); err != nil {
		log.Fatal("local: ", err)
	}
}

func measure(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "tenon-local-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	starts, err := o.firstSteps(ctx, dir)
	if err != nil {
		return err
	}
	slices.Sort(starts)
	fmt.Printf("%-42s %s (from %s to %s, %d runs)\n", "start of the program to first step", starts[len(starts)/2], starts[0], starts[len(starts)-1], len(starts))
	here, memory, err := o.chainHere(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Printf("%-42s %s\n", fmt.Sprintf("chain of %d tasks on this machine", o.chain), here.Round(time.Millisecond))
	fmt.Printf("%-42s %d MiB\n", "memory of the program, peak", memory>>20)
	if !o.cluster {
		return nil
	}
	there, err := o.chainThere(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%-42s %s\n", fmt.Sprintf("chain of %d tasks in the cluster", o.chain), there.Round(time.Millisecond))
	fmt.Printf("%-42s %.1f\n", "times as fast on this machine", there.Seconds()/here.Seconds())
	return nil
}

func (o options) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append([]string{"run", "--backend=" + o.backend}, args...)
	if o.images != "" {
		args = append(args, "--images="+o.images)
	}
	if o.mirror != "" {
		args = append(args, "--mirror="+o.mirror)
	}
	command := exec.CommandContext(ctx, o.program, args...)
	command.Stderr = os.Stderr
	return command
}

// firstSteps starts a step that touches a file, and compares the time of the file with that of the start.
func (o options) firstSteps(ctx context.Context, dir string) ([]time.Duration, error) {
	file := filepath.Join(dir, "touch.yaml")
	text := fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: touch}
spec:
  workspaces: [{name: out}]
  steps: [{name: touch, image: %s, command: [touch, /workspace/out/touched]}]
`, o.image)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	var starts []time.Duration
	// The first run fills caches and does not count.
	for i := range o.runs + 1 {
		out := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(out, 0o777); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := o.command(ctx, "--workspace=out="+out+":rw", file).Run(); err != nil {
			return nil, fmt.Errorf("running a task: %w", err)
		}
		info, err := os.Stat(filepath.Join(out, "touched"))
		if err != nil {
			return nil, fmt.Errorf("looking for what the step has made: %w", err)
		}
		if i > 0 {
			starts = append(starts, info.ModTime().Sub(began).Round(time.Millisecond))
		}
	}
	return starts, nil
}

// chainText is a PipelineRun of tasks that do nothing, one after the other.
func (o options) chainText() string {
	var b strings.Builder
	b.WriteString("apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: chain}\nspec:\n  pipelineSpec:\n    tasks:\n")
	for i := range o.chain {
		fmt.Fprintf(&b, "    - name: t%d\n      taskSpec: {steps: [{name: s, image: %s, command: [\"true\"]}]}\n", i, o.image)
		if i > 0 {
			fmt.Fprintf(&b, "      runAfter: [t%d]\n", i-1)
		}
	}
	return b.String()
}

func (o options) chainHere(ctx context.Context, dir string) (time.Duration, int64, error) {
	file := filepath.Join(dir, "chain.yaml")
	if err := os.WriteFile(file, []byte(o.chainText()), 0o600); err != nil {
		return 0, 0, err
	}
	command := o.command(ctx, file)
	began := time.Now()
	if err := command.Run(); err != nil {
		return 0, 0, fmt.Errorf("running a chain: %w", err)
	}
	took := time.Since(began)
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0, errors.New("this system does not tell how much memory a process had")
	}
	return took, usage.Maxrss << 10, nil
}
