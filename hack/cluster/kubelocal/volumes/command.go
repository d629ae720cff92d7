package volumes

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v11/controller"
)

// options are the flags of the command.
type options struct {
	kubeconfig string
	root       string
	node       string
}

// NewCommand returns the command volume-provisioner, which serves claims of the StorageClasses that name
// ProvisionerName until it is interrupted.
func NewCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "volume-provisioner",
		Short: "Provisions persistent volumes as folders of this node",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if o.kubeconfig == "" || o.root == "" || o.node == "" {
				return errors.New("--kubeconfig, --root and --node are all needed")
			}
			return run(command.Context(), o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "file that says how to reach the API server")
	flags.StringVar(&o.root, "root", "", "folder that holds the volumes")
	flags.StringVar(&o.node, "node", "", "name of the node that has the folder")
	return command
}

func run(ctx context.Context, o options) error {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return fmt.Errorf("reading %s: %w", o.kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	// Claims that wait for their first consumer name the scheduler's choice of node, which the controller looks up here.
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	nodes.Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	provisioner := &Provisioner{Root: o.root, Node: o.node}
	controller.NewProvisionController(ctx, client, ProvisionerName, provisioner,
		controller.LeaderElection(false),
		controller.NodesLister(nodes.Lister()),
	).Run(ctx)
	return nil
}
