// Package clustercmd has the commands for runs in a cluster: get, watch, logs and explain. They only read, by the rights of the
// kubeconfig, and only what belongs to the run that is asked for.
package clustercmd

import (
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// ErrNotSucceeded is the error of `tenon watch` if the run did not end well. All that there is to say has been shown then.
var ErrNotSucceeded = errors.New("the run did not succeed")

// Screen shows a run while it goes on. Its methods can be called from many goroutines. view.View is one.
type Screen interface {
	// Update shows a newer state of the run. The tree belongs to the screen from then on.
	Update(root *runtree.Node)
	// Open returns where the output of a container goes. Of the pod there are name, namespace and labels only.
	Open(pod *corev1.Pod, container string) io.WriteCloser
	// Close shows how the run ended.
	Close()
}

// Options are what the commands need from the program.
type Options struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal and OutTerminal say whether In and Out are terminals.
	InTerminal, OutTerminal bool
	// Width is that of the terminal in columns; 0 means 80.
	Width int
	// Connect reaches the cluster; nil means [Connect], by kubeconfig.
	Connect func(Where) (*Cluster, error)
	// Screen makes what `tenon watch` shows a run on.
	Screen func() Screen
	// Now is time.Now if it is nil.
	Now func() time.Time
}

// Where says which cluster and namespace a command is about.
type Where struct {
	// Kubeconfig is a file; empty means what kubectl takes. Context is one of it; empty means the current one.
	Kubeconfig, Context string
	// Namespace is that of the context if it is empty.
	Namespace string
}

// New returns the commands.
func New(o Options) []*cobra.Command {
	if o.Connect == nil {
		o.Connect = Connect
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	p := &program{Options: o}
	return []*cobra.Command{p.get(), p.watch(), p.logs(), p.explain()}
}

type program struct{ Options }

// BindWhere adds the flags that say which cluster to ask.
func BindWhere(c *cobra.Command, w *Where) {
	c.Flags().StringVarP(&w.Namespace, "namespace", "n", "", "namespace of the run (default: that of the context)")
	c.Flags().StringVar(&w.Context, "context", "", "context of the kubeconfig (default: the current one)")
	c.Flags().StringVar(&w.Kubeconfig, "kubeconfig", "", "kubeconfig file (default: $KUBECONFIG, ~/.kube/config)")
}
